#include <gsl/gsl_errno.h>

#include "experiments/cli.h"

int main(int argc, char **argv)
{
    gsl_set_error_handler_off();
    return cli_main(argc, argv);
}
