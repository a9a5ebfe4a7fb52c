/* One bit and one trit. The scale is the caller's: the mean magnitude for binary weights, that of the
 * survivors for ternary ones. Ternary rounds to nearest, a threshold of half the scale; TWN's threshold is
 * another matter.
 */
#include "formats/codebook.h"

static const float binary_values[] = {-1.0f, 1.0f};
static const char *const binary_aliases[] = {"bin1", NULL};
static const struct golden binary_golden[] = {{0x00, -1.0}, {0x01, 1.0}};
CODEBOOK_FORMAT(binary, 1, BOUNDARY_MEAN, .doc = "-1 and 1",
                .citation = "Rastegari et al., XNOR-Net, arXiv 1603.05279", .golden_source = "its definition",
                .aliases = binary_aliases);

static const float binary01_values[] = {0.0f, 1.0f};
static const struct golden binary01_golden[] = {{0x00, 0.0}, {0x01, 1.0}};
CODEBOOK_FORMAT(binary01, 1, BOUNDARY_MEAN, .doc = "0 and 1",
                .citation = "Zhou et al., DoReFa-Net, arXiv 1606.06160", .golden_source = "its definition",
                .is_unsigned = true);

static const float ternary_values[] = {-1.0f, 0.0f, 1.0f};
static const char *const ternary_aliases[] = {"tern2", NULL};
static const struct golden ternary_golden[] = {{0x00, -1.0}, {0x01, 0.0}, {0x02, 1.0}, {0x03, 0.0}};
CODEBOOK_FORMAT(ternary, 2, BOUNDARY_MEAN, .doc = "-1 0 1",
                .citation = "Li et al., Ternary Weight Networks, arXiv 1605.04711",
                .golden_source = "its definition", .aliases = ternary_aliases);
