[ -e "$HARUN_STATE/created" ] || exit 0
if cibadmin --query --xpath "//primitive[@id='vm_opencart']" >/dev/null 2>&1; then
    echo 'the cluster still needs /etc/harun/vm/opencart.xml' >&2; exit 1
fi
rm -f /etc/harun/vm/opencart.xml "$HARUN_STATE/created"
