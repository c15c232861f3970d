S=$HARUN_STATE; orig=$S/pre/cib.xml
[ -e "$S/pushed" ] || { echo 'nothing was pushed'; exit 0; }
ours() { ! grep -q "<primitive id=\"$1\"" "$orig" && cibadmin --query --xpath "//primitive[@id='$1']" >/dev/null 2>&1; }
stop() {
    ours "$1" || return 0
    crm_resource --resource "$1" --meta --set-parameter target-role --parameter-value Stopped >/dev/null
}
stopped() {
    ours "$1" || return 0
    case $(crm_resource --resource "$1" --locate --output-as=xml 2>/dev/null) in
    *'<node>'* | *'<node '*) echo "$1 still runs; nothing was deleted" >&2; return 1;;
    esac
}
for id in fence-sbd; do stop "$id" || exit 1; done
crm_resource --wait --timeout=60s
case $? in 0) ;; 124) echo 'the resources did not stop within 60 s' >&2; exit 1;; *) exit 1;; esac
for id in fence-sbd; do stopped "$id" || exit 1; done
crm_diff --original "$S/new.xml" --new "$orig" --no-version >"$S/undo.xml"
case $? in 0) ;; 1) cibadmin --patch --xml-file "$S/undo.xml" || exit 1;; *) exit 1;; esac
crm_resource --wait --timeout=60s
case $? in 0) ;; 124) echo 'the cluster did not come to rest within 60 s' >&2; exit 1;; *) exit 1;; esac
rm -f "$S/pushed"
