nic=; route=$(ip -o route get 10.77.1.200 2>/dev/null)
case $route in *' via '* | local*) ;; *' dev '*) nic=${route#* dev }; nic=${nic%% *};; esac
fact nic "$nic"
if command -v cibadmin >/dev/null &&
    cibadmin --query --xpath "//primitive[@id='virtual_ip']" >/dev/null 2>&1
then fact clustered yes
elif ping -c 1 -W 1 10.77.1.200 >/dev/null 2>&1; then fact answers yes; fi
satisfied
