/// Whether a session that stands would come back with what its record holds today.
///
/// A session keeps the CHAP user and password that it was opened with. Where the target takes others by now, it goes on
/// until its connection breaks or iscsid is started again (an upgrade of open-iscsi does that), and then it is lost:
/// iscsid asks the kernel's session for them and not the record, and `iscsiadm --logout` of a session that is not
/// connected ends with code 32. Only a boot helps. Seen with open-iscsi 2.1.8 and 2.1.11; a cluster of two nodes lost both.
enum ISCSIChapSession {
    /// Shell source of `chap_stale SESSION RECORD`, with the session's folder in sysfs and the record's file.
    ///
    /// It succeeds where the record asks for CHAP with another user or password than the session has; only built-ins
    /// touch the passwords.
    static let words = """
        chap_stale() {
            stale_method=; stale_user=; stale_password=
            while IFS= read -r stale_line || [ -n "$stale_line" ]; do
                case $stale_line in
                'node.session.auth.authmethod = '*) stale_method=${stale_line#*= };;
                'node.session.auth.username = '*) stale_user=${stale_line#*= };;
                'node.session.auth.password = '*) stale_password=${stale_line#*= };;
                esac
            done <"$2"
            [ "$stale_method" = CHAP ] || return 1
            { IFS= read -r stale_line <"$1/username"; } 2>/dev/null || return 1
            [ "$stale_line" = "$stale_user" ] || return 0
            { IFS= read -r stale_line <"$1/password"; } 2>/dev/null || return 1
            [ "$stale_line" != "$stale_password" ]
        }
        """

    /// What is to be said of such a session that is not logged in any more.
    static let lost =
        "its session was opened with another CHAP user or password than its record has by now, so it can neither come "
        + "back nor be ended; type on this node: systemctl reboot"

    /// What is to be said of one that still is.
    static let old =
        "its iSCSI session was opened with another CHAP user or password than its record has by now: when its connection "
        + "breaks or iscsid is started again, the disks are gone until a reboot; reboot one node after the other"
}
