target=$(systemctl get-default) || exit 1
fact target "$target"
[ "$target" = graphical.target ] || needed "it boots into $target"
satisfied
