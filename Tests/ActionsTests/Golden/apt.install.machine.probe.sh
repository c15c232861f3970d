set -- qemu-system-x86 a1 b1 qemu-system-modules-spice qemu-system-common qemu-system-modules-opengl qemu-system-gui qemu-system-gui ovmf swtpm swtpm-tools dnsmasq-base passt virtiofsd qemu-system-common qemu-block-extra
every=$*
there() { for one; do case $installed in *" $one "*) ;; *) return 1;; esac; done; }
known() { for one; do case $installed$offered in *" $one "*) ;; *) return 1;; esac; done; }
# shellcheck disable=SC2086
unsure() { for real; do if there $real; then return; fi; ask="$ask $real"; done; }
# shellcheck disable=SC2086
want() {
    for real; do if known $real; then break; fi; done
    names="$names $real"
    for one in $real; do there "$one" || missing="$missing $one"; done
}
# shellcheck disable=SC2086
look() {
    installed=' '; offered=' '; names=; missing=; ask=
    while read -r status name; do
        case $status in installed) installed="$installed$name ";; esac
    done <<END
$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $every 2>/dev/null)
END
    unsure a1 b1
    unsure qemu-system-modules-spice qemu-system-common
    unsure qemu-system-modules-opengl qemu-system-gui
    unsure virtiofsd qemu-system-common
    [ -z "$ask" ] || while read -r field name; do
        case $field in Package:) offered="$offered$name ";; esac
    done <<END
$(apt-cache show --no-all-versions $ask 2>/dev/null)
END
    want qemu-system-x86
    want a1 b1
    missing=${missing# }
}
stamp=/var/lib/harun/apt-updated
is_fresh() {
    now=$(date +%s); last=0
    [ ! -r "$stamp" ] || read -r last <"$stamp"
    case $last in ''|*[!0-9]*) last=0;; esac
    [ "$last" -le "$now" ] && [ $((now - last)) -lt 3600 ]
}
look
fact installed "$installed"
fact offered "$offered"
for file in /etc/libvirt/qemu/opencart.xml /etc/harun/vm/opencart.xml; do
    # Passwords may be in it.
    [ ! -r "$file" ] || { sed -n '/<domain[ >]/,/<\/domain>/p' "$file" | secret definition; break; }
done
[ -n "$missing" ] || satisfied
# As apt would do it just now; it waits for no lock, and changes nothing.
# shellcheck disable=SC2086
if plan=$(LC_ALL=C.UTF-8 apt-get -s -q --no-install-suggests --no-install-recommends install $missing 2>&1); then
    gone=; brings=
while read -r verb name version _; do
    case $verb in
    Remv|Purg) gone="$gone $name";;
    Inst) case $version in \(*) brings="$brings $name=${version#?}";; esac;;
    esac
done <<PLAN
$plan
PLAN
    fact brings "${brings# }"
    [ -z "$gone" ] || refuse "apt would remove$gone to install $missing; look at it there: \
apt-get update && apt-get -s install $missing"
elif is_fresh; then
    why=${plan##*E: }
    refuse "apt cannot install $missing: $(printf %s "$why" | tr '\n' ' '); where its name is right, type there: \
apt-get update && apt-get -s install $missing"
fi
needed "not installed: $missing"
