import Steps

/// Shell source that says what the kernel knows of a watchdog's device.
enum WatchdogDevice {
    /// Sets `identity` to the name of the watchdog behind a device, empty where it is none.
    ///
    /// And `others` to what the kernel has. By the device's number, since names are aliases of each other.
    ///
    /// A watchdog is never opened to be asked: that arms it. A kernel built without descriptions in sysfs
    /// still tells a watchdog without hardware behind it, which is `softdog`, from others.
    ///
    /// - Parameter device: a word of the shell.
    static func find(_ device: String) -> String {
        """
        identity=; others=
        number=; [ ! -c \(device) ] || number=$(stat -L -c %t:%T \(device))
        for folder in /sys/class/watchdog/watchdog*; do
            [ -r "$folder/dev" ] || continue
            name=unnamed
            [ ! -d "/sys/devices/virtual/watchdog/${folder##*/}" ] || name='Software Watchdog'
            [ ! -r "$folder/identity" ] || read -r name <"$folder/identity" || :
            IFS=: read -r major minor <"$folder/dev"
            this=$(printf '%x:%x' "$major" "$minor")
            others="$others ${folder##*/} ($name)"
            if [ "$this" = "$number" ] || { [ "$number" = a:82 ] && [ "${folder##*/}" = watchdog0 ]; }; then identity=$name; fi
        done
        """
    }
}
