cib_version() {
    while read -r line; do case $line in '<cib '*) break;; esac; done <"$1"
    epoch=${line#* epoch=\"}; admin=${line#* admin_epoch=\"}
    VERSION=${admin%%\"*}.${epoch%%\"*}
}
umask 077; S=$HARUN_STATE; orig=$S/pre/cib.xml
[ -e "$S/pushed" ] || { echo 'nothing was pushed'; exit 0; }
# The CIB as it is into $S/now.xml, and as it is to be into $S/back.xml.
way_back() {
    cibadmin --query >"$S/now.xml" || return
    cp "$S/now.xml" "$S/back.xml" || return
    for id in shared_storage vm_opencart virtual_ip; do
        CIB_file=$S/back.xml cibadmin --delete-all --force --xpath "//rsc_location[@id='harun-stop-$id']" || return
    done
    [ ! -s "$S/undo.xml" ] || CIB_file=$S/back.xml cibadmin --patch --xml-file "$S/undo.xml"
}
released() {
    for id in $ours; do cibadmin --delete-all --force --xpath "//rsc_location[@id='harun-stop-$id']"; done
}
crm_diff --original "$S/new.xml" --new "$orig" --no-version >"$S/undo.xml"
case $? in 0) : >"$S/undo.xml";; 1) ;; *) exit 1;; esac
cibadmin --query >"$S/now.xml" || exit 1
cib_version "$S/now.xml"; now=$VERSION; cib_version "$orig"
[ "$now" != "$VERSION" ] || { echo 'the push did not come to pass'; rm -f "$S/pushed"; exit 0; }
way_back || { echo 'the cluster needs what was pushed, so nothing was stopped or taken back; see: pcs constraint' >&2; exit 1; }
ours=; stops=
for id in shared_storage vm_opencart virtual_ip; do
    ! grep -q "<primitive id=\"$id\"" "$orig" || continue
    grep -q "<primitive [^>]*id=\"$id\"" "$S/now.xml" || continue
    ours="$ours $id"
    stops="$stops<rsc_location id=\"harun-stop-$id\" rsc=\"$id\"><rule id=\"harun-stop-$id-rule\" score=\"-INFINITY\" boolean-op=\"and\"><expression id=\"harun-stop-$id-anywhere\" attribute=\"#uname\" operation=\"defined\"/></rule></rsc_location>"
done
if [ -n "$ours" ]; then
    trap released EXIT; trap 'exit 1' HUP INT TERM
    cibadmin --modify --allow-create --scope constraints --xml-text "<constraints>$stops</constraints>" || exit 1
    crm_resource --wait --timeout=540s
case $? in 0) ;; 124) echo 'the resources did not stop within 540 s' >&2; exit 1;; *) exit 1;; esac
    for id in $ours; do
        case $(crm_resource --resource "$id" --locate --output-as=xml 2>/dev/null) in
        *'<node>'* | *'<node '*) echo "$id still runs; nothing was deleted" >&2; exit 1;;
        esac
    done
case " $ours " in *' shared_storage '*)
    while read -r _ where _; do
        [ "$where" != /mnt/shared_storage ] || { echo "$where is still mounted here" >&2; exit 1; }
    done </proc/mounts;;
esac
fi
way_back || exit 1
crm_diff --original "$S/now.xml" --new "$S/back.xml" --no-version >"$S/undo.patch"
case $? in 0) ;; 1) cibadmin --patch --xml-file "$S/undo.patch" || exit 1;; *) exit 1;; esac
trap - EXIT
crm_resource --wait --timeout=540s
case $? in 0) ;; 124) echo 'the cluster did not come to rest within 540 s' >&2; exit 1;; *) exit 1;; esac
rm -f "$S/pushed"
