/* What a test is told on its command line. */
#ifndef TESTS_WORD_H
#define TESTS_WORD_H

/* The first word after the test's name; NULL without. */
extern const char *test_word;

#endif
