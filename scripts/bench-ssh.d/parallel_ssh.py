"""parallel-ssh: parallel_ssh.py HOSTS PORT USER KEY [ROUNDS]: `true` on every host, then ROUNDS times more on the open sessions."""
import sys
import time

from pssh.clients import ParallelSSHClient

hosts = open(sys.argv[1]).read().split()
client = ParallelSSHClient(hosts, user=sys.argv[3], port=int(sys.argv[2]), pkey=sys.argv[4], pool_size=min(len(hosts), 200))


def everywhere():
    output = client.run_command("true")
    client.join(output)
    bad = [one.host for one in output if one.exit_code != 0]
    if bad:
        sys.exit(f"{len(bad)} of {len(hosts)} failed")


everywhere()
if len(sys.argv) > 5:
    rounds = int(sys.argv[5])
    began = time.monotonic()
    for _ in range(rounds):
        everywhere()
    print(rounds * len(hosts) / (time.monotonic() - began))
