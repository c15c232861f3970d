/* A longer line: forwards TCP connections and holds every byte back for a while, in both directions.
 * delay LISTEN_PORT TARGET_PORT MILLISECONDS, all on 127.0.0.1. Bandwidth is not limited. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { piece = 65536, pieces = 1024 };

struct pipe {
    int from, to;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned head, tail;
    struct { double due; int count; char bytes[piece]; } slot[pieces];
};

static double delay;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void *take(void *argument) {
    struct pipe *p = argument;
    for (;;) {
        pthread_mutex_lock(&p->lock);
        while (p->head - p->tail == pieces) pthread_cond_wait(&p->changed, &p->lock);
        unsigned i = p->head % pieces;
        pthread_mutex_unlock(&p->lock);
        int count = read(p->from, p->slot[i].bytes, piece);
        pthread_mutex_lock(&p->lock);
        p->slot[i].count = count;
        p->slot[i].due = now() + delay;
        p->head++;
        pthread_cond_signal(&p->changed);
        pthread_mutex_unlock(&p->lock);
        if (count <= 0) return NULL;
    }
}

static void *give(void *argument) {
    struct pipe *p = argument;
    pthread_t taker;
    pthread_create(&taker, NULL, take, p);
    for (;;) {
        pthread_mutex_lock(&p->lock);
        while (p->head == p->tail) pthread_cond_wait(&p->changed, &p->lock);
        unsigned i = p->tail % pieces;
        pthread_mutex_unlock(&p->lock);
        double left = p->slot[i].due - now();
        if (left > 0) {
            struct timespec t = {(time_t)left, (long)((left - (time_t)left) * 1e9)};
            nanosleep(&t, NULL);
        }
        int count = p->slot[i].count;
        for (int sent = 0; sent < count;) {
            int n = write(p->to, p->slot[i].bytes + sent, count - sent);
            if (n <= 0) { count = 0; break; }
            sent += n;
        }
        if (count <= 0) {
            shutdown(p->to, SHUT_WR);
            shutdown(p->from, SHUT_RD);
            pthread_join(taker, NULL);
            free(p);
            return NULL;
        }
        pthread_mutex_lock(&p->lock);
        p->tail++;
        pthread_cond_signal(&p->changed);
        pthread_mutex_unlock(&p->lock);
    }
}

static void join(int from, int to) {
    struct pipe *p = calloc(1, sizeof *p);
    pthread_t giver;
    p->from = from;
    p->to = to;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    pthread_create(&giver, NULL, give, p);
    pthread_detach(giver);
}

int main(int argc, char **argv) {
    if (argc != 4) return 64;
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))}, there = here;
    delay = atof(argv[3]) / 1000;
    there.sin_port = htons(atoi(argv[2]));
    here.sin_addr.s_addr = there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    signal(SIGPIPE, SIG_IGN);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) != 0 || listen(listener, 64) != 0) return 1;
    for (;;) {
        int client = accept(listener, NULL, NULL), server = socket(AF_INET, SOCK_STREAM, 0);
        if (client < 0 || connect(server, (struct sockaddr *)&there, sizeof there) != 0) { close(client); close(server); continue; }
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        join(client, server);
        join(server, client);
    }
}
