cib_version() {
    while read -r line; do case $line in '<cib '*) break;; esac; done <"$1"
    epoch=${line#* epoch=\"}; admin=${line#* admin_epoch=\"}
    VERSION=${admin%%\"*}.${epoch%%\"*}
}
umask 077; S=$HARUN_STATE
pre=$HARUN_STATE/pre
kept() { [ -e "$pre/$1" ] || [ -e "$pre/$1.absent" ]; }
keep() {
    ! kept "$1" || return 0
    [ -d "$pre" ] || mkdir -p "$pre" || return
    if [ -e "$2" ]; then cp -p "$2" "$pre/.new" && sync "$pre/.new" && mv "$pre/.new" "$pre/$1"; else : >"$pre/$1.absent"; fi
}
keep_output() {
    ! kept "$1" || return 0
    [ -d "$pre" ] || mkdir -p "$pre" || return
    kept_as=$1; shift
    "$@" >"$pre/.new" && sync "$pre/.new" && mv "$pre/.new" "$pre/$kept_as"
}
put_back() {
    if [ -e "$pre/$1" ]; then cp -p "$pre/$1" "$2.harun" && mv -f "$2.harun" "$2"
    elif [ -e "$pre/$1.absent" ]; then rm -f "$2" "$2.harun"; fi
}
cat >"$S/input" && sed '/^@new$/,$d' "$S/input" >"$S/base.xml" && sed '1,/^@new$/d' "$S/input" >"$S/new.xml" || exit 1
rm -f "$S/input"
cibadmin --query >"$S/now.xml" || exit 1
cib_version "$S/now.xml"
[ "$VERSION" = 0.5 ] ||
    needed "the cluster's configuration changed from 0.5 to $VERSION after it was read; run harun again"
crm_verify -V --xml-file "$S/new.xml" >"$S/verify" 2>&1 || refuse "crm_verify rejects it: $(tr '\n' ' ' <"$S/verify")"
crm_simulate --xml-file "$S/new.xml" --simulate 2>&1 | blob simulation
crm_diff --original "$S/base.xml" --new "$S/new.xml" --no-version >"$S/patch.xml"
case $? in 0) echo 'nothing differs';; 1) ;; *) exit 1;; esac
keep cib.xml "$S/base.xml" || exit 1
sync "$pre/cib.xml" "$S/new.xml"; : >"$S/pushed"
if [ -s "$S/patch.xml" ]; then cibadmin --patch --xml-file "$S/patch.xml" || exit 1; fi
crm_resource --wait --timeout=540s
case $? in 0) ;; 124) echo 'the cluster did not come to rest within 540 s' >&2; exit 1;; *) exit 1;; esac
crm_mon -1 --output-as=xml | blob status
