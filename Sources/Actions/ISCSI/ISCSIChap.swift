import Documents
import Steps
import Transport

/// How the nodes prove to the target who they are: a user, and where harun finds the password.
struct ISCSIChap: Sendable, Hashable {
    var user: String
    var password: SecretSource
}

extension ISCSIChap {
    /// Reads `chap = { user = "…", password = { env = "…" } }`.
    init?(_ table: Table, in with: TableReader) {
        let reader = TableReader(table, title: "`chap`")
        let user = reader.requiredString("user")
        let isUser = user?.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7f } ?? true
        if !isUser { reader.fail("`user` must not hold spaces or control characters", at: reader.location) }
        let source = reader.required("password")
        let inner = reader.convert(source, key: "password", expected: "a table such as { env = \"NAME\" }") { $0.table }
        var password: SecretSource?
        if let inner {
            let secret = TableReader(inner, title: "`password`")
            let variable = secret.string("env")
            let file = secret.string("file")
            switch (variable, file, secret.boolean("terminal")) {
            case (.some(let name), nil, nil): password = .env(name)
            case (nil, .some(let path), nil): password = .file(path)
            case (nil, nil, true): password = .terminal
            default: secret.fail("`password` needs either `env` or `file`", at: inner.location)
            }
            secret.finish()
            reader.absorb(secret)
        }
        reader.finish()
        with.absorb(reader)
        guard let user, isUser, let password else { return nil }
        self.user = user
        self.password = password
    }

    /// Why open-iscsi would keep another password than this one, nil where it keeps it.
    ///
    /// Its records are lines of `name = value`: blanks around a value are lost without a word (2.1.8 and 2.1.11), and
    /// the target then refuses the login.
    static func flaw(of password: String) -> String? {
        if password.isEmpty { return "is empty" }
        if password.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
            return "holds a control character, and open-iscsi keeps one line; give the target's user another one"
        }
        if password.first == " " || password.last == " " {
            return "begins or ends with a blank, which open-iscsi loses; give the target's user another one"
        }
        return nil
    }

    /// What the probe asks of the record, and of the target where the record has user and password.
    ///
    /// iscsiadm shows no password, so it is read from the file; ``judge(_:)`` compares it here, where the inventory's is.
    /// A session that stands does not show that the target still takes them: the next boot would.
    var check: String {
        """
        [ "$method" = CHAP ] || needed 'the record does not use CHAP'
        [ "$user" = \(user.shellQuoted) ] || needed "the record has another CHAP user"
        find_record || needed 'no record of the target'
        \(ISCSIInitiator.name)
        \(ISCSIChapTrial.words)
        while IFS= read -r line; do
            case $line in 'node.session.auth.password = '*) ;; *) continue;; esac
            password=${line#*= }
            printf '%s' "$password" | secret chap
            answer=$(printf '%s\\n' "$password" | try_login "$user" "$algorithms")
            fact login "$answer"
            case $answer in
            refused*) needed "the login at the next boot would fail: ${answer#refused }";;
            esac
        done <"$record"
        password=
        """
    }

    /// Whether a record that is well otherwise has the password of today: an old one fails at the next boot only.
    ///
    /// Without a password at hand nothing is asked for and nothing compared: a converged node needs none.
    func judge(_ observation: Observation) -> Verdict {
        guard let password = try? password.read() else { return .satisfied }
        return observation.secrets["chap"] == password ? .satisfied : .needed("the record has another CHAP password")
    }

    /// Refuses where the session is lost for good.
    static let lostSession = """
        \(ISCSIChapSession.words)
        if [ "$state" != LOGGED_IN ] && find_record && chap_stale "$session" "$record"; then
            refuse \(ISCSIChapSession.lost.shellQuoted)
        fi
        """

    /// Reads the password from standard input; where a session stands, the target must take it before the record has it.
    var prove: String {
        """
        IFS= read -r password || [ -n "$password" ] || { echo 'no password came' >&2; exit 1; }
        if find_session && find_record; then
            algorithms=
            while read -r key _ value; do
                case $key in node.session.auth.chap_algs) algorithms=$value;; esac
            done <"$record"
            \(ISCSIInitiator.name)
            \(ISCSIChapTrial.words)
            answer=$(printf '%s\\n' "$password" | try_login \(user.shellQuoted) "$algorithms")
            case $answer in
            accepted*) ;;
            *) refuse "the session and its record stay as they are: a login with the new user and password failed: ${answer#* }";;
            esac
        fi
        """
    }

    /// Writes user and password into the record file.
    ///
    /// Not with `iscsiadm -v`: its arguments stand in the process list for everybody. Only built-ins
    /// touch the password here, and the file is root's alone.
    var store: String {
        """
        find_record || { echo 'iscsiadm made no record' >&2; exit 1; }
        umask 077
        {
            while IFS= read -r line || [ -n "$line" ]; do
                case $line in
                node.session.auth.authmethod\\ *|node.session.auth.username\\ *|node.session.auth.password\\ *) continue;;
                '# END RECORD')
                    printf 'node.session.auth.authmethod = CHAP\\n'
                    printf 'node.session.auth.username = %s\\n' \(user.shellQuoted)
                    printf 'node.session.auth.password = %s\\n' "$password";;
                esac
                printf '%s\\n' "$line"
            done
        } <"$record" >"$record.harun" && mv -f "$record.harun" "$record" || exit 1
        password=
        """
    }
}
