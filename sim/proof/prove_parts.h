/* What the files of the proof share: what decision points are like. */
#ifndef SIM_PROOF_PROVE_PARTS_H
#define SIM_PROOF_PROVE_PARTS_H

enum point {
    POINT_VALUE,
    POINT_BOUNDARY,
    POINT_NEIGHBOUR,
    POINT_BETWEEN,
    POINT_THRESHOLD,
    POINT_SPECIAL,
    POINT_EXTREME,
    POINTS
};
enum side { SIDE_EXACT, SIDE_TIE, SIDE_BETWEEN, SIDES };
enum word { WORD_ZERO, WORD_MAX, WORD_OTHER, WORDS };

/* Widths of stochastic rounding that are tried. */
enum { SR_WIDTHS = 5 };

#endif
