/// The inventory that `harun init` writes.
///
/// It teaches every key at the place where it is filled in, and it is valid as it stands, so that
/// `harun check` on a fresh one complains of nothing. `inventory/example.toml` is the same text.
package enum InventoryTemplate {
    package static let text = """
        # The inventory: which hosts there are, and what they are to become.
        # `harun check FILE` shows everything that is wrong with it, with line and column.
        # Relative paths are relative to this file, and `~/` is your home folder.
        # Reference: docs/inventory-reference.md

        [cluster]
        name = "opencart_cluster"            # letters, digits, _ and -
        start_at_boot = true                 # a node joins by itself when it boots, also after it was fenced

        [ssh]                                # optional, may be repeated in a [[node]]; ~/.ssh/config fills the gaps
        user = "root"                        # another user needs sudo without a password
        # sudo = "wrapper"                   # such a user may run one program alone, which records all: docs/ssh.md
        port = 22
        # identity = "~/.ssh/id_ed25519"     # a private key, ed25519 or ecdsa; the usual two are tried without this
        # known_hosts = "known_hosts"        # where `harun trust` keeps host keys; ~/.ssh/known_hosts without this
        # jump = "admin@bastion"             # hosts on the way, with commas; without this, ~/.ssh/config decides
        # passphrase = { env = "HARUN_KEY" } # of an encrypted key; or { file = "path" }; asked for without this
        # password = { env = "HARUN_SSH" }   # where a server wants one besides the key, or instead of it

        [[node]]
        name = "nodo1"                       # the name in the cluster
        address = "192.168.100.11"           # for ssh, and for corosync unless links are given
        links = ["10.0.0.11", "10.0.1.11"]   # for corosync, on networks of its own; as many on every node
        # groups = ["rack-a"]                # names for `--on`, besides the node's own

        [[node]]
        name = "nodo2"
        address = "192.168.100.12"
        links = ["10.0.0.12", "10.0.1.12"]

        [desktop]                            # without this section no node gets a desktop
        install = "none"                     # "none", "all" or an array of node names
        packages = ["xfce4", "xfce4-goodies", "lightdm", "virt-manager"]

        [iscsi]                              # the target that holds the shared disks
        portal = "192.168.100.5:3260"        # host, or host:port; an IPv6 address in brackets
        target = "iqn.2005-10.org.freenas.ctl:ha"
        # The password is never in this file. Leave it out to be asked, or name a variable or a file (mode 0600):
        # chap = { user = "harun", password = { env = "HARUN_CHAP" } }
        # chap = { user = "harun", password = { file = "chap.secret" } }

        [storage]                            # the disk with the virtual machine on it
        lun = 1                              # its number at the target; or wwid = "0x6001405…", which never changes
        filesystem = "ext4"
        mount = "/mnt/shared_storage"        # the same folder on every node
        format = "if-empty"                  # "never", or "if-empty": only a disk whose every byte is zero
        # read_limit = "1TiB"                # the largest disk that is read to prove that
        # mmp = true                         # ext4's multiple mount protection; on without fencing, else as found

        [fencing]                            # how a node that does not answer is made sure to be off
        method = "sbd"                       # "sbd", or "none" together with accept_data_loss = true
        lun = 2                              # a small disk of its own, never the one of [storage]; or wwid
        watchdog = "/dev/watchdog"
        # accept_data_loss = true            # only for method = "none": two nodes may then write to one disk

        [vm]                                 # the virtual machine that the cluster keeps alive
        name = "opencart"
        source = "nodo1"                     # the node where it is defined today (virsh define)

        [address]                            # the floating address under which the service is found
        ip = "192.168.100.200/24"            # with the prefix of its network
        interface = "br0"                    # optional: found by the network otherwise

        [failover]                           # what a failover drill must keep to
        budget = "90s"                       # the outage that is accepted: 90s, 2m, 1h
        probe = "tcp:80"                     # "icmp", "tcp:PORT" or "http://…", asked from outside

        """
}
