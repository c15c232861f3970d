"""asyncssh: async_ssh.py HOSTS PORT USER KEY KNOWN_HOSTS: `true` on every host."""
import asyncio
import sys

import asyncssh

hosts = open(sys.argv[1]).read().split()
gate = asyncio.Semaphore(100)
key = asyncssh.read_private_key(sys.argv[4])
known = asyncssh.read_known_hosts(sys.argv[5])


async def visit(host):
    async with gate:
        async with asyncssh.connect(
            host, port=int(sys.argv[2]), username=sys.argv[3], client_keys=[key], known_hosts=known,
            agent_path=None, config=None,
        ) as connection:
            return (await connection.run("true")).exit_status


async def main():
    results = await asyncio.gather(*(visit(host) for host in hosts), return_exceptions=True)
    bad = [result for result in results if result != 0]
    if bad:
        sys.exit(f"{len(bad)} of {len(hosts)} failed: {bad[0]}")


asyncio.run(main())
