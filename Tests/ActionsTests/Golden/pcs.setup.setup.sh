pcs cluster setup shop nodo1 'addr=10.77.1.11' 'addr=10.77.2.11' nodo2 'addr=10.77.1.12' 'addr=10.77.2.12' transport knet totem token=5000
