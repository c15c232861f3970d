/// Brings files and folders to the disk of a node, for scripts: what `sync FILE…` does where it is GNU's.
///
/// uutils' `sync`, which Ubuntu has since 25.10, opens its files and then waits for every file system of the node to be written
/// (seen in 0.12): a lost LUN or a dead NFS mount holds it up for ever, and a write that failed is not told. What stands on
/// the disk before something begins is a guard, so neither will do. perl-base is essential in Debian and Ubuntu, and costs a few
/// times what GNU's sync does, so that is kept where it is there: uutils' programs are links to the one that they all are.
package enum DiskSync {
    /// Defines `sync`, in the place of the command; without files it is the command.
    package static let function = #"""
        sync() {
            if [ $# = 0 ] || [ ! -L /usr/bin/sync ]; then command sync "$@"; return; fi
            [ "$1" != -- ] || shift
            perl -e 'require IO; for (@ARGV) {
                sysopen F, $_, 0 and IO::Handle::sync(*F) and next; print STDERR "sync: $_: $!\n"; $bad = 1
            } exit $bad' -- "$@"
        }
        """#
}
