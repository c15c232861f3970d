import Steps

/// Finds the virtual machines that run on a node, whoever started them.
///
/// The cluster counts its own only. libvirt keeps a state file and a pid file of each for as long as its emulator lives (the
/// daemon itself has the one pid file without a state, `driver.pid`); reading them starts nothing, as `virsh` would.
enum RunningGuests {
    /// Defines `find_guests`, which sets `guests` to their names, separated by spaces.
    static let words = """
        find_guests() {
            guests=
            for entry in /run/libvirt/qemu/*.xml; do
                [ -e "${entry%.xml}.pid" ] || continue
                guest=${entry##*/}; guests="$guests ${guest%.xml}"
            done
            guests=${guests# }
        }
        """
}
