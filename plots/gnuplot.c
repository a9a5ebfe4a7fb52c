#include "plots/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The environment without locale and gnuplot settings, plus LC_ALL=C.UTF-8 (gnuplot warns about UTF-8 in
 * plain C). Pointers are borrowed; free the array.
 */
static char **plain_environment(void)
{
    static char locale[] = "LC_ALL=C.UTF-8";
    size_t n = 0, kept = 0;
    while (environ[n])
        n++;
    char **plain = calloc(n + 2, sizeof *plain);
    if (!plain)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (strncmp(environ[i], "LC_", 3) != 0 && strncmp(environ[i], "LANG", 4) != 0 &&
            strncmp(environ[i], "GNU", 3) != 0)
            plain[kept++] = environ[i];
    plain[kept] = locale;
    return plain;
}

/* Starts gnuplot with its output and errors going to *words. Returns an errno. */
static int start(const char *dir, const char *script, pid_t *child, int *words)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    char gnuplot[] = "gnuplot", no_settings[] = "-d", file[256] = "";
    strncat(file, script, sizeof file - 1);
    char *argv[] = {gnuplot, no_settings, file, NULL}, **env = plain_environment();
    sigset_t none;
    posix_spawnattr_t attributes; /* gnuplot takes the signals that we hold back */
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, dir);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    int rc = env ? posix_spawnp(child, gnuplot, &actions, &attributes, argv, env) : ENOMEM;
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    free(env);
    close(ends[1]);
    if (rc)
        close(ends[0]);
    *words = ends[0];
    return rc;
}

static bool interrupted(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 && (sigismember(&pending, SIGHUP) || sigismember(&pending, SIGINT) ||
                                         sigismember(&pending, SIGQUIT) || sigismember(&pending, SIGTERM));
}

/* Keeps the first bytes of what comes and reads the rest away, so that the writer never blocks. False if a
 * signal came before the end. */
static bool read_words(int fd, char *text, size_t size)
{
    char chunk[1024];
    size_t length = 0;
    struct pollfd from = {.fd = fd, .events = POLLIN};
    bool stop = false;
    for (ssize_t n = 1; n && !(stop = interrupted());) {
        if (poll(&from, 1, 100) <= 0) /* milliseconds between looks at the signals */
            continue;
        n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno != EINTR)
            break;
        for (ssize_t i = 0; i < n; i++)
            if (length + 1 < size && (length || chunk[i] != '\n'))
                text[length++] = chunk[i];
    }
    while (length && text[length - 1] == '\n')
        length--;
    text[length] = '\0';
    return !stop;
}

/* POSIX: so ends a child that could not become a program when posix_spawn had returned. */
enum { NOT_RUN = 127 };

enum status gnuplot_run(const char *dir, const char *script, const char *shown, struct error *e)
{
    pid_t child;
    int fd = -1, status = 0;
    char words[600];
    int rc = start(dir, script, &child, &fd);
    if (rc == ENOENT)
        return STATUS_MISSING;
    if (rc)
        return error_set(e, STATUS_INTERNAL, "gnuplot cannot be started: %s", strerror(rc));
    if (!read_words(fd, words, sizeof words))
        kill(child, SIGKILL);
    close(fd);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_RUN && !*words)
        return STATUS_MISSING;
    if (status != 0)
        return error_set(e, STATUS_INTERNAL, "%s: gnuplot %s %d: %s", shown,
                         WIFSIGNALED(status) ? "died of signal" : "ended with exit code",
                         WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), words);
    return STATUS_OK;
}

enum status gnuplot_fix_pdf_date(const char *path, const char *shown, struct error *e)
{
    static const char key[] = "/CreationDate (D:", epoch[] = "19700101000000";
    FILE *f = fopen(path, "r+b");
    if (!f)
        return error_set(e, STATUS_IO, "%s: %s", shown, strerror(errno));
    int c;
    size_t matched = 0;
    while (matched < sizeof key - 1 && (c = getc(f)) != EOF)
        matched = c == key[matched] ? matched + 1 : c == key[0];
    /* Switching from reading to writing needs a seek in between. */
    bool written = matched < sizeof key - 1 || (fseek(f, 0, SEEK_CUR) == 0 && fputs(epoch, f) >= 0);
    if (fclose(f) != 0 || !written)
        return error_set(e, STATUS_IO, "%s: cannot set the creation date: %s", shown, strerror(errno));
    return STATUS_OK;
}
