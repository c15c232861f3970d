/// The options that change who is reached, how it is proved, or how one logs in, and that harun does not honour.
///
/// What is neither here nor in ``Setting`` concerns terminals, forwarding or logging, which harun has no use for.
enum Unsupported {
    /// What to tell of an option, nil where its value asks for nothing that harun would not do anyway.
    static func consequence(of keyword: String, _ arguments: [String], isUserFile: Bool) -> String? {
        let value = arguments.first?.lowercased() ?? ""
        let isOn = !["no", "false", "none"].contains(value)
        switch keyword {
        case "stricthostkeychecking":
            return ["no", "off", "false", "accept-new"].contains(value)
                ? "harun accepts only host keys that are known; `harun trust` pins them" : nil
        case "verifyhostkeydns", "nohostauthenticationforlocalhost":
            return isOn ? "harun accepts only host keys that known_hosts has" : nil
        case "revokedhostkeys": return isOn ? "it is not read; mark the keys with @revoked in known_hosts" : nil
        case "knownhostscommand": return isOn ? "only known_hosts files are read" : nil
        case "pkcs11provider", "securitykeyprovider":
            return isOn && value != "internal" ? "harun uses key files and ssh-agent only" : nil
        case "gssapiauthentication":
            // Debian sets it for everybody; it matters to those who ask for it themselves.
            return isOn && isUserFile ? "harun does not log in with Kerberos" : nil
        case "hostbasedauthentication": return isOn ? "harun logs in as a user, not as a host" : nil
        case "pubkeyauthentication": return isOn ? nil : "harun tries keys first all the same"
        case "passwordauthentication", "kbdinteractiveauthentication", "challengeresponseauthentication":
            return isOn ? nil : "harun answers with a password where a server takes nothing else"
        case "batchmode": return isOn ? "harun asks on a terminal where a secret is missing" : nil
        case "hashknownhosts":
            // Debian sets it for everybody, too.
            return isOn && isUserFile ? "`harun trust` hashes names only in a file that has hashed ones" : nil
        case "preferredauthentications": return "harun has an order of its own: keys, agent, password"
        case "ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms",
            "pubkeyacceptedkeytypes", "casignaturealgorithms", "requiredrsasize":
            return "harun negotiates from a list of its own, without CBC, SHA-1 and MD5"
        case "addressfamily": return value == "any" ? nil : "harun tries every address that the name has"
        case "bindaddress", "bindinterface": return "the system chooses the address to connect from"
        default: return nil
        }
    }

    /// Options of OpenSSH that harun has no use for, so that a mistyped one can be told from them.
    static let irrelevant: Set<String> = Set(
        """
        addkeystoagent canonicaldomains canonicalizefallbacklocal canonicalizemaxdots \
        canonicalizepermittedcnames channeltimeout checkhostip cipher \
        clearallforwardings compression compressionlevel connectionattempts controlmaster controlpath \
        controlpersist dsaauthentication dynamicforward enableescapecommandline enablesshkeysign escapechar \
        exitonforwardfailure fallbacktorsh fingerprinthash forkafterauthentication forwardagent forwardx11 \
        forwardx11timeout forwardx11trusted gatewayports gssapiclientidentity gssapidelegatecredentials \
        gssapikeyexchange gssapikexalgorithms gssapirenewalforcesrekey gssapiserveridentity gssapitrustdns \
        hostbasedacceptedalgorithms hostbasedkeytypes ignoreunknown ipqos \
        kbdinteractivedevices localcommand localforward loglevel logverbose \
        numberofpasswordprompts obscurekeystroketiming permitlocalcommand permitremoteopen \
        protocol proxyusefdpass refuseconnection rekeylimit remotecommand remoteforward requesttty \
        rhostsrsaauthentication rsaauthentication sendenv sessiontype setenv skeyauthentication stdinnull \
        streamlocalbindmask streamlocalbindunlink syslogfacility tag tcpkeepalive tisauthentication tunnel \
        tunneldevice updatehostkeys useprivilegedport useroaming usersh visualhostkey warnweakcrypto xauthlocation \
        versionaddendum
        """.split(separator: " ").map(String.init))

    /// Options whose value may ask for something that harun does not do; see ``consequence(of:_:isUserFile:)``.
    static let relevant: Set<String> = [
        "stricthostkeychecking", "verifyhostkeydns", "nohostauthenticationforlocalhost",
        "revokedhostkeys", "knownhostscommand", "pkcs11provider", "securitykeyprovider",
        "gssapiauthentication", "hostbasedauthentication", "pubkeyauthentication", "preferredauthentications",
        "passwordauthentication", "kbdinteractiveauthentication", "challengeresponseauthentication", "batchmode",
        "hashknownhosts",
        "ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms",
        "pubkeyacceptedkeytypes", "casignaturealgorithms", "requiredrsasize", "addressfamily", "bindaddress",
        "bindinterface",
    ]
}
