/* What is true of every sub-command, for --help and the manual. */
#ifndef EXPERIMENTS_CLI_FACTS_H
#define EXPERIMENTS_CLI_FACTS_H

/* Lists that end with a name of NULL. */
struct cli_fact {
    const char *name, *doc;
};
extern const struct cli_fact cli_environment_facts[], cli_launcher_facts[], cli_exit_facts[],
    cli_file_facts[];

#endif
