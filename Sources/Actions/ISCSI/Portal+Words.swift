import Settings
import Transport

extension Portal {
    /// Shell source that sets `host` (always an address: records and sysfs know no names), `port` and `portal`.
    var words: String {
        let find =
            !isName
            ? "host=\(host.shellQuoted)"
            : """
            found=$(getent ahosts \(host.shellQuoted)) || refuse "the name \(host) cannot be resolved here"
            host=${found%% *}
            """
        return """
            \(find)
            port=\(port)
            case $host in *:*) portal=[$host]:$port;; *) portal=$host:$port;; esac
            """
    }
}
