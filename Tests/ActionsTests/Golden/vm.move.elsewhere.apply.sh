echo 'libvirt does not define opencart here; is [vm] source right?' >&2; exit 1
