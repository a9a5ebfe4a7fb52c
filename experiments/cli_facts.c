#include "experiments/cli_facts.h"

#include <stddef.h>

const struct cli_fact cli_environment_facts[] = {
    {"BITSWEEP_DB",
     "result database (default: results/bitsweep.db where there is a folder results, else bitsweep.db)"},
    {"BITSWEEP_ISA", "widest instruction set to use: scalar, avx2, avx512 (default: what the processor has); "
                     "results do not depend on it"},
    {"BITSWEEP_JOBS", "threads (default: the processors available)"},
    {"NO_COLOR", "no colours, unless --color=always"},
    {"CLICOLOR_FORCE", "colours where messages go into a file too, unless it is 0"},
    {"TERM", "without it, or where it is dumb, no colours and no line that is rewritten"},
    {NULL, NULL}};

const struct cli_fact cli_launcher_facts[] = {
    {"SLURM_ARRAY_TASK_ID",
     "with SLURM_ARRAY_TASK_COUNT, _MIN and _STEP: which part of a study this is, unless --shard says"},
    {"OMPI_COMM_WORLD_RANK", "with OMPI_COMM_WORLD_SIZE: likewise, under Open MPI"},
    {"PMI_RANK", "with PMI_SIZE: likewise, under MPICH and its kin"},
    {"SLURM_PROCID", "with SLURM_STEP_NUM_TASKS: likewise, under srun"},
    {"PARALLEL_SEQ", "the I of --shard=/N, under GNU parallel"},
    {NULL, NULL}};

const struct cli_fact cli_exit_facts[] = {{"0", "ok"},
                                          {"1", "a cell failed or a difference was found"},
                                          {"2", "bad configuration"},
                                          {"64", "usage"},
                                          {"69", "missing file, dump, database or tool"},
                                          {"70", "internal"},
                                          {"74", "input/output"},
                                          {"130", "interrupted"},
                                          {NULL, NULL}};

const struct cli_fact cli_file_facts[] = {
    {"results/bitsweep.db",
     "the result database where the current folder has a folder results; an SQLite 3 file"},
    {"bitsweep.db", "the result database elsewhere"},
    {"results/figures, figures", "where plot writes, by the same rule"},
    {"PREFIX/share/bitsweep/experiments", "the bundled experiment files and their dump, once installed"},
    {NULL, NULL}};
