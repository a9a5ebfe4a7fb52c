#include "sim/base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct strbuf *b, size_t more)
{
    if (b->failed)
        return false;
    if (b->length + more + 1 > b->capacity) {
        size_t capacity = 2 * (b->length + more + 1);
        char *text = realloc(b->text, capacity);
        if (!text) {
            b->failed = true;
            return false;
        }
        b->text = text;
        b->capacity = capacity;
    }
    return true;
}

void strbuf_add_n(struct strbuf *b, const char *text, size_t n)
{
    if (!reserve(b, n))
        return;
    memcpy(b->text + b->length, text, n);
    b->length += n;
    b->text[b->length] = '\0';
}

void strbuf_add(struct strbuf *b, const char *text)
{
    strbuf_add_n(b, text, strlen(text));
}

void strbuf_printf(struct strbuf *b, const char *format, ...)
{
    va_list ap, again;
    va_start(ap, format);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (n < 0)
        b->failed = true;
    else if (reserve(b, (size_t)n)) {
        vsnprintf(b->text + b->length, (size_t)n + 1, format, again);
        b->length += (size_t)n;
    }
    va_end(again);
}

char *strbuf_take(struct strbuf *b)
{
    strbuf_add_n(b, "", 0);
    char *text = b->failed ? NULL : b->text;
    if (!text)
        free(b->text);
    *b = (struct strbuf){0};
    return text;
}

void strbuf_free(struct strbuf *b)
{
    free(b->text);
    *b = (struct strbuf){0};
}

/* Levenshtein distance, of words cut at 127 characters behind what they begin with alike, as names of tensors
 * do. Any number above `most` where it is above that: no row has a smaller entry than the one before. */
static size_t edit_distance(const char *a, const char *b, size_t most)
{
    enum { MAX = 127 };
    for (; *a && *a == *b; a++)
        b++;
    const size_t m = strnlen(a, MAX), n = strnlen(b, MAX);
    size_t row[MAX + 1], least = 0;
    if ((m > n ? m - n : n - m) > most)
        return most + 1;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; i <= m && least <= most; i++) {
        size_t diagonal = row[0];
        least = row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            least = best < least ? best : least;
        }
    }
    return least > most ? most + 1 : row[n];
}

size_t str_character(const char *text, uint32_t *code)
{
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000}; /* below lie overlong forms */
    const unsigned char *s = (const unsigned char *)text;
    const size_t n = s[0] < 0x80   ? 1
                     : s[0] < 0xc0 ? 0
                     : s[0] < 0xe0 ? 2
                     : s[0] < 0xf0 ? 3
                     : s[0] < 0xf8 ? 4
                                   : 0;
    *code = n == 1 ? s[0] : s[0] & (0x7fU >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (s[i] & 0x3fU);
    }
    const bool surrogate = *code >= 0xd800 && *code < 0xe000;
    return *code < lowest[n] || *code > 0x10ffff || surrogate ? 0 : n;
}

bool str_is_utf8(const char *text)
{
    uint32_t code;
    size_t n = 1;
    for (; *text && n; text += n)
        n = str_character(text, &code);
    return n != 0;
}

void strbuf_add_shown(struct strbuf *b, const char *text, const char *keep)
{
    for (size_t n; *text; text += n) {
        uint32_t code;
        n = str_character(text, &code);
        if (n && ((code >= 0x20 && (code < 0x7f || code >= 0xa0)) || strchr(keep, *text))) {
            strbuf_add_n(b, text, n);
            continue;
        }
        n = n ? n : 1;
        for (size_t i = 0; i < n; i++)
            strbuf_printf(b, "\\x%02x", (unsigned char)text[i]);
    }
}

const char *str_shortest_f32(float v, char *out)
{
    for (int digits = 1; digits <= 9; digits++) {
        sprintf(out, "%.*g", digits, (double)v);
        if (strtof(out, NULL) == v)
            break;
    }
    return out;
}

const char *str_shortest_f64(double v, char *out)
{
    for (int digits = 1; digits <= 17; digits++) {
        sprintf(out, "%.*g", digits, v);
        if (strtod(out, NULL) == v)
            break;
    }
    return out;
}

const char *str_nearest(const char *word, const char *const *choices, size_t n)
{
    const char *best = NULL;
    size_t best_distance = strlen(word) / 3 + 1;
    for (size_t i = 0; i < n; i++) {
        size_t d = edit_distance(word, choices[i], best_distance);
        if (d <= best_distance && (!best || d < best_distance)) {
            best = choices[i];
            best_distance = d;
        }
    }
    for (size_t i = 0; i < n && !best && strlen(word) > 2; i++)
        if (!strncmp(choices[i], word, strlen(word)))
            best = choices[i];
    return best;
}

const char *str_hint(const char *word, const char *const *choices, size_t n, char out[static STR_HINT_SIZE])
{
    const char *near = str_nearest(word, choices, n);
    snprintf(out, STR_HINT_SIZE, "%s%s%s", near ? "; did you mean '" : "", near ? near : "",
             near ? "'?" : "");
    return out;
}

const char *str_hint_list(const char *word, const char *list, char out[static STR_HINT_SIZE])
{
    enum { MOST = 128 };
    const char *choices[MOST];
    size_t n = 0;
    char *copy = strdup(list);
    for (char *p = copy, *end; p && *p && n < MOST; p = end) {
        end = p + strcspn(p, "|,");
        while (*end == ',' && end[1] != ' ') /* of a name with keys */
            end += 1 + strcspn(end + 1, "|,");
        choices[n++] = p;
        while (*end == '|' || *end == ',' || *end == ' ')
            *end++ = '\0';
    }
    str_hint(word, choices, n, out);
    free(copy);
    return out;
}
