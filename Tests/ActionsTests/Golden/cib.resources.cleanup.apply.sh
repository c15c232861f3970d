crm_resource --cleanup --resource shared_storage >/dev/null || exit 1
crm_resource --cleanup --resource vm_opencart >/dev/null || exit 1
crm_resource --cleanup --resource virtual_ip >/dev/null || exit 1
crm_resource --wait --timeout=540s
case $? in 0) ;; 124) echo 'the cluster did not come to rest within 540 s' >&2; exit 1;; *) exit 1;; esac
crm_mon -1 --output-as=xml | blob status
