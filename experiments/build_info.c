/* The only file that is compiled anew when the commit changes; the Makefile writes build_info.h. */
#include "build_info.h"

#include "experiments/provenance.h"

const struct build_info build_info = {.version = BUILD_VERSION,
                                      .git_commit = BUILD_GIT_COMMIT,
                                      .dirty = BUILD_GIT_DIRTY,
                                      .compiler =
#ifdef __clang__
                                          "clang " __clang_version__,
#else
                                          "gcc " __VERSION__,
#endif
                                      .libs = BUILD_LIBS};
