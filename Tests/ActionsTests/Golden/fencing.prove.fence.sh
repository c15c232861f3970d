stonith_admin --reboot nodo2 --timeout 180
