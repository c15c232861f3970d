set -e
without_delay() (
    folder=/run/systemd/system/sbd.service.d; setting=/run/harun/sbd-start
    trap 'rm -f "$folder/zz-harun-start.conf" "$setting"; systemctl daemon-reload' EXIT
    mkdir -p "$folder" /run/harun && echo SBD_DELAY_START=no >"$setting" &&
        printf '[Service]\nEnvironmentFile=-%s\n' "$setting" >"$folder/zz-harun-start.conf" && systemctl daemon-reload || exit
    "$@"
)
start() {
systemctl reset-failed corosync.service pacemaker.service sbd.service 2>/dev/null || :
systemctl start corosync.service pacemaker.service
}
without_delay start
systemctl is-active --quiet sbd.service
rm -f /run/harun/sbd-pending
end=$(($(date +%s) + 240))
while :; do
    seen=$(crm_mon -1 --output-as=xml 2>/dev/null | grep -cE \
        '<node name=.* online="true".* pending="false" unclean="false"|<current_dc .*with_quorum="true"') || :
    [ "${seen:-0}" -lt 3 ] || break
    if [ "$(date +%s)" -ge "$end" ]; then
        crm_mon -1 >&2 || :
        echo 'the nodes did not find each other in 240 s' >&2
        if grep -qsi '^ENABLED=yes' /etc/ufw/ufw.conf; then
            echo 'ufw is active here and may be why; for each other node, type: ufw allow from ADDRESS' >&2
        fi
        exit 1
    fi
    sleep 1
done
