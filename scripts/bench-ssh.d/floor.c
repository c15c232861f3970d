/* The floor: one host after the other with libssh2 alone and nothing around it.
 * floor HOSTS PORT USER KEY: logs into every address of the file HOSTS, runs `true`, prints how many ended with 0. */
#include <arpa/inet.h>
#include <libssh2.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char key[8192];
static size_t key_length;

static int visit(const char *address, int port, const char *user) {
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1, status = -1;
    char buffer[4096];
    inet_pton(AF_INET, address, &place.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&place, sizeof place) != 0) { close(fd); return -1; }
    LIBSSH2_SESSION *session = libssh2_session_init();
    if (libssh2_session_handshake(session, fd) == 0 &&
        libssh2_userauth_publickey_frommemory(session, user, strlen(user), NULL, 0, key, key_length, NULL) == 0) {
        LIBSSH2_CHANNEL *channel = libssh2_channel_open_session(session);
        if (channel && libssh2_channel_exec(channel, "true") == 0) {
            while (libssh2_channel_read(channel, buffer, sizeof buffer) > 0) {}
            libssh2_channel_close(channel);
            libssh2_channel_wait_closed(channel);
            status = libssh2_channel_get_exit_status(channel);
        }
        if (channel) libssh2_channel_free(channel);
        libssh2_session_disconnect(session, "");
    }
    libssh2_session_free(session);
    close(fd);
    return status;
}

int main(int argc, char **argv) {
    if (argc != 5) return 64;
    FILE *file = fopen(argv[4], "r");
    if (!file) return 65;
    key_length = fread(key, 1, sizeof key, file);
    fclose(file);
    if (!(file = fopen(argv[1], "r")) || libssh2_init(0) != 0) return 65;
    char line[256];
    int good = 0, all = 0;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        all++;
        if (visit(line, atoi(argv[2]), argv[3]) == 0) good++;
    }
    printf("%d of %d\n", good, all);
    return good == all ? 0 : 1;
}
