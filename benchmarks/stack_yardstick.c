/* What this machine can do: the hops of interfacekit/kernels/stack.py, in C and for one uniform material alone.
 *
 *     gcc -O3 -march=native stack_yardstick.c -o stack_yardstick -lm
 *     stack_yardstick J SIDE PLANES LOWER UPPER WARM TIME SEED
 *
 * PLANES planes of SIDE x SIDE sites, periodic within the plane and half occupied at first, lie between reservoirs that
 * are LOWER and UPPER full and at one fixed potential. A hop over the barrier Eb has the rate
 * nu exp(-max(Eb + dE / 2, dE, 0)), and its energy change dE holds
 *   - the planar electrostatic potential, exact at every hop: the net number of ions that have crossed each gap gives
 *     the field in it, and their sum the field that all gaps share as both ends are held;
 *   - J >= 0 (in kT) for each pair of ions on neighbouring sites, less what neighbours add on average.
 * WARM and TIME are in units of exp(Eb) / nu.
 *
 * Without pair energies an attempt draws an ion and a direction. With them it draws a class of ions with the same
 * occupied neighbours, in proportion to their largest rates, then an ion and one of its free directions. One bound
 * serves all gaps, which suits one material. Bounds have some slack, so that they seldom change, and what is above the
 * rates makes an attempt null: many attempts have one total rate, and their time follows a gamma distribution.
 *
 * Prints what happened during TIME after WARM: hops within planes, hops across gaps, attempts, the net number of ions
 * that went up (mean over the gaps), the time, and the processor's seconds; then the mean occupation of each plane.
 * Exit status: 1 if the state at the end does not agree with itself, 2 if the arguments are wrong. */
#define _GNU_SOURCE
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { BATCH = 256, UP = 0, DOWN = 1 };
enum { OCCUPIED = 0x80, BELOW = 0x10, ABOVE = 0x08, BESIDE = 0x07 }; /* of a site's byte: where ions are */
enum { CODES = 32, CLASSES = 20, SUMS = 24 };                        /* classes: the codes that can be */
static const double KELVIN = 300, SPACING_A = 3.2, PERMITTIVITY = 10, BARRIER_eV = 0.3;
static const double BOLTZMANN_eV_K = 8.617333262e-5, CHARGE_V_A = 180.9512818; /* k / e and e / eps0 */
static const double SLACK = 0.1, ROOM = 1.01; /* of the bound of a gap, in its logarithm; of a total, as a factor */

struct stack { /* sites are numbered plane << shift | place in the plane */
    uint32_t side, area, planes, shift, sites, ions;
    uint32_t stale;                             /* the bounds must be derived anew */
    double J, filling[2], step, self, steepest; /* see derive_gap; steepest: exp(Eb) */
    double bound, entry[2];                     /* of an ion across a gap; of one that enters from below, from above */
    double one, most[CLASSES], before[SUMS];    /* of an ion, any and by class; sums over all in the classes before */
    double moving, entering[2], total;          /* of all ions; of all that enter; of everything */
    double shared[2], reference;                /* factors of the shared field; mean crossings where they are 1 */
    double leave[CODES], enter[CODES];          /* exp of half the pair energy, and of minus that */
    double *rate[2], *level;                    /* of each gap; see derive_gap */
    int64_t *crossed, crossings, *filled;       /* net ions that have gone up, in each gap and all; ions of a plane */
    double *integral, time;                     /* of `filled` over the time */
    int64_t within, across, attempts;
    int16_t (*beside)[4]; /* offsets to the neighbours of each site of a plane */
    uint8_t *site, class_of[CODES], code_of[CLASSES];
    uint32_t *ion, *place, slots, count[CLASSES]; /* sites of ions, with pairs by class; where each site stands there */
    double uniform[BATCH], rest[BATCH];
    uint32_t drawn[BATCH];
    uint64_t rng[4];
};

static inline uint64_t rotated(uint64_t x, int k) { return x << k | x >> (64 - k); }

/* xoshiro256++ (Blackman & Vigna 2021): uniform numbers in [0, 1), multiples of 2^-53. */
static __attribute__((noinline)) void fill_uniform(struct stack *s, uint32_t n)
{
    uint64_t a = s->rng[0], b = s->rng[1], c = s->rng[2], d = s->rng[3];
    for (uint32_t j = 0; j < n; j++) {
        uint64_t r = rotated(a + d, 23) + a, t = b << 17;
        c ^= a, d ^= b, b ^= c, a ^= d, c ^= t;
        d = rotated(d, 45);
        s->uniform[j] = (double)(r >> 11) * 0x1p-53;
    }
    s->rng[0] = a, s->rng[1] = b, s->rng[2] = c, s->rng[3] = d;
}

/* How long n attempts take at a total rate of 1 (Marsaglia & Tsang 2000). */
static double gamma_time(struct stack *s, double n)
{
    for (double d = n - 1.0 / 3;;) {
        fill_uniform(s, 3);
        double x = sqrt(-2 * log(1 - s->uniform[0])) * cos(2 * M_PI * s->uniform[1]), v = 1 + x / sqrt(9 * d);
        v *= v * v;
        if (v > 0 && log(1 - s->uniform[2]) < x * x / 2 + d * (1 - v + log(v))) return d * v;
    }
}

static inline void derive_shared(struct stack *s)
{
    double x = s->step * ((double)s->crossings / (s->planes + 1) - s->reference);
    s->shared[UP] = exp(x), s->shared[DOWN] = 1 / s->shared[UP];
    s->stale |= fabs(x) > SLACK / 2;
}

/* Rates across a gap from whole numbers, without the factors of the shared field. */
static inline void derive_gap(struct stack *s, uint32_t g)
{
    double x = s->level[g] + s->step * (s->reference - (double)s->crossed[g]);
    s->rate[UP][g] = exp(x - s->self / 2), s->rate[DOWN][g] = exp(-x - s->self / 2);
    double up = g == 0 ? s->entry[0] : s->bound, down = g == s->planes ? s->entry[1] : s->bound;
    s->stale |= s->rate[UP][g] > up * (1 - SLACK / 2) || s->rate[DOWN][g] > down * (1 - SLACK / 2);
}

static inline void sum_classes(struct stack *s)
{
    double sum = 0;
    for (uint32_t c = 0; c < CLASSES; c++) s->before[c] = sum, sum += s->most[c] * s->count[c];
    s->before[CLASSES] = sum; /* from here on an attempt is null */
    s->stale |= sum > s->moving || sum * ROOM * ROOM < s->moving;
}

/* All bounds, with their slack. */
static void derive(struct stack *s)
{
    uint32_t P = s->planes;
    double most = 0, slack = exp(SLACK);
    s->reference = (double)s->crossings / (P + 1);
    for (uint32_t g = 0; g <= P; g++) {
        derive_gap(s, g);
        if (g > 0) most = fmax(most, s->rate[UP][g]);
        if (g < P) most = fmax(most, s->rate[DOWN][g]);
    }
    s->bound = slack * most, s->entry[0] = slack * s->rate[UP][0], s->entry[1] = slack * s->rate[DOWN][P];
    s->one = 4 + 2 * s->bound, s->slots = (uint32_t)(ROOM * s->ions) + 1, s->moving = s->slots * s->one;
    if (s->J > 0) {
        for (uint32_t c = 0; c < CLASSES; c++) {
            uint32_t code = s->code_of[c], ways = !(code & ABOVE) + !(code & BELOW);
            s->most[c] = s->leave[code] * (4 - (code & BESIDE) + ways * s->bound);
        }
        sum_classes(s);
        s->moving = ROOM * s->before[CLASSES];
    }
    for (int end = 0; end < 2; end++) s->entering[end] = s->filling[end] * s->area * s->entry[end];
    s->total = s->moving + s->entering[0] + s->entering[1];
    derive_shared(s);
    s->stale = 0;
}

/* A rate exp(-dE / 2) as it is where a hop ends on its barrier, or has none. */
static inline double over_barrier(const struct stack *s, double rate)
{
    if (rate > s->steepest) return s->steepest;
    return rate * s->steepest < 1 ? rate * rate * s->steepest : rate;
}

static inline void cross(struct stack *s, uint32_t g, uint32_t way)
{
    int64_t up = way == UP ? 1 : -1;
    s->across++, s->crossings += up, s->crossed[g] += up;
    if (g > 0) s->filled[g - 1] -= up;
    if (g < s->planes) s->filled[g] += up;
    derive_gap(s, g);
    derive_shared(s);
}

/* Without pair energies: an ion that enters an end plane; r is uniform up to the bound of all of them. */
static void enter_free(struct stack *s, double r)
{
    uint32_t end = r >= s->entering[0], way = end ? DOWN : UP, g = end ? s->planes : 0;
    double y = (r - end * s->entering[0]) / (s->filling[end] * s->entry[end]);
    uint32_t a = (uint32_t)y, to = (end ? s->planes - 1 : 0) << s->shift | a;
    if (a >= s->area || s->site[to] || (y - a) * s->entry[end] >= over_barrier(s, s->rate[way][g] * s->shared[way]))
        return;
    s->site[to] = OCCUPIED, s->ion[s->ions++] = to;
    s->stale |= s->ions > s->slots;
    cross(s, g, way);
}

static uint32_t free_hops(struct stack *s)
{
    uint8_t *restrict site = s->site;
    uint32_t *restrict ion = s->ion;
    uint32_t mask = (1u << s->shift) - 1, j;
    double scale = s->total / s->one;
    for (j = 0; j < BATCH; j++) { /* the fraction of the first number is uniform again */
        double y = s->uniform[j] * scale;
        s->drawn[j] = (uint32_t)y;
        s->rest[j] = (y - s->drawn[j]) * s->one;
        if (s->drawn[j] >= s->slots) s->rest[j] = (y - s->slots) * s->one;
        __builtin_prefetch(&ion[s->drawn[j]]);
    }
    for (j = 0; j < BATCH && !s->stale; j++) {
        uint32_t i = s->drawn[j], from = ion[i], k = (uint32_t)s->rest[j];
        if (i >= s->ions) {
            if (i >= s->slots) enter_free(s, s->rest[j]);
        } else if (k < 4) {
            /* A null attempt writes what was there: a branch would be mispredicted half the time. */
            uint32_t offset = (uint32_t)s->beside[from & mask][k], to = from + offset, hop = site[to] >> 7 ^ 1;
            site[from] &= (uint8_t)~(hop << 7), site[to] = OCCUPIED;
            ion[i] = from + (offset & -hop);
            s->within += hop;
        } else {
            double r = s->rest[j] - 4;
            uint32_t way = r < s->bound ? UP : DOWN, p = from >> s->shift, g = way == UP ? p + 1 : p;
            uint32_t to = way == UP ? from + mask + 1 : from - mask - 1, leaving = g == 0 || g == s->planes;
            double rate = over_barrier(s, s->rate[way][g] * s->shared[way]);
            if (way == DOWN) r -= s->bound;
            if (leaving) rate *= 1 - s->filling[way == UP];
            if (r >= rate || (!leaving && site[to])) continue;
            site[from] = 0;
            if (leaving) {
                ion[i] = ion[--s->ions];
                s->stale |= s->ions * ROOM * ROOM < s->slots;
            } else
                site[to] = OCCUPIED, ion[i] = to;
            cross(s, g, way);
        }
    }
    return j;
}

static inline void list(struct stack *s, uint32_t at)
{
    uint32_t c = s->class_of[s->site[at] & (CODES - 1)], i = s->count[c]++;
    s->ion[c * s->sites + i] = at, s->place[at] = i;
}

static inline void unlist(struct stack *s, uint32_t at)
{
    uint32_t c = s->class_of[s->site[at] & (CODES - 1)], *member = s->ion + c * s->sites, last = member[--s->count[c]];
    member[s->place[at]] = last, s->place[last] = s->place[at];
}

static inline void tell(struct stack *s, uint32_t at, uint8_t change)
{
    if (s->site[at] & OCCUPIED) {
        unlist(s, at);
        s->site[at] += change;
        list(s, at);
    } else
        s->site[at] += change;
}

/* Take an ion from a site or put it there, and tell all neighbours. */
static inline void occupy(struct stack *s, uint32_t at, uint32_t ion)
{
    uint32_t p = at >> s->shift, plane = 1u << s->shift;
    if (!ion) unlist(s, at);
    s->site[at] ^= OCCUPIED;
    if (ion) list(s, at);
    for (uint32_t k = 0; k < 4; k++) tell(s, at + (uint32_t)s->beside[at & (plane - 1)][k], ion ? 1 : (uint8_t)-1);
    if (p + 1 < s->planes) tell(s, at + plane, ion ? BELOW : (uint8_t)-BELOW);
    if (p > 0) tell(s, at - plane, ion ? ABOVE : (uint8_t)-ABOVE);
}

static void enter_pairs(struct stack *s, double r)
{
    uint32_t end = r >= s->entering[0], way = end ? DOWN : UP, g = end ? s->planes : 0;
    double y = (r - end * s->entering[0]) / (s->filling[end] * s->entry[end]);
    uint32_t a = (uint32_t)y, to = (end ? s->planes - 1 : 0) << s->shift | a;
    if (a >= s->area || s->site[to] >= OCCUPIED) return;
    double rate = over_barrier(s, s->rate[way][g] * s->shared[way] * s->enter[s->site[to]]);
    if ((y - a) * s->entry[end] >= rate) return;
    occupy(s, to, 1);
    s->ions++;
    cross(s, g, way);
    sum_classes(s);
}

static uint32_t pair_hops(struct stack *s)
{
    uint8_t *restrict site = s->site;
    uint32_t plane = 1u << s->shift, j;
    for (j = 0; j < BATCH && !s->stale; j++) {
        double r = s->uniform[j] * s->total;
        if (r >= s->moving) {
            enter_pairs(s, r - s->moving);
            continue;
        }
        uint32_t c = 0;
        for (uint32_t k = 1; k < SUMS; k++) c += r >= s->before[k];
        if (c >= CLASSES) continue;
        uint32_t code = s->code_of[c], vacant = 4 - (code & BESIDE);
        double y = (r - s->before[c]) / s->most[c], leave = s->leave[code];
        uint32_t i = (uint32_t)y;
        if (i >= s->count[c]) continue; /* rounding */
        uint32_t from = s->ion[c * s->sites + i];
        double z = (y - i) * (s->most[c] / leave);
        if (z < vacant) {
            uint32_t to = 0, n = (uint32_t)z;
            for (uint32_t k = 0, left = n + 1; left; k++) {
                to = from + (uint32_t)s->beside[from & (plane - 1)][k];
                left -= site[to] < OCCUPIED;
            }
            /* The ion is itself a neighbour of its target. */
            if ((z - n) * leave >= over_barrier(s, leave * s->enter[site[to] - 1])) continue;
            s->within++;
            occupy(s, from, 0);
            occupy(s, to, 1);
        } else {
            z -= vacant;
            uint32_t way = !(code & ABOVE) && z < s->bound ? UP : DOWN, p = from >> s->shift;
            uint32_t g = way == UP ? p + 1 : p, to = way == UP ? from + plane : from - plane;
            if (way == DOWN && !(code & ABOVE)) z -= s->bound;
            double rate = s->rate[way][g] * s->shared[way] * leave;
            if (g == 0 || g == s->planes) {
                if (z * leave >= over_barrier(s, rate) * (1 - s->filling[way == UP])) continue;
                occupy(s, from, 0);
                s->ions--;
            } else {
                rate *= s->enter[site[to] & ~(way == UP ? BELOW : ABOVE)];
                if (z * leave >= over_barrier(s, rate)) continue;
                occupy(s, from, 0);
                occupy(s, to, 1);
            }
            cross(s, g, way);
        }
        sum_classes(s);
    }
    return j;
}

static void run(struct stack *s, double until)
{
    while (s->time < until) {
        if (s->stale) derive(s);
        fill_uniform(s, BATCH);
        uint32_t done = s->J > 0 ? pair_hops(s) : free_hops(s);
        double time = gamma_time(s, done) / s->total;
        for (uint32_t p = 0; p < s->planes; p++) s->integral[p] += time * (double)s->filled[p];
        s->attempts += done, s->time += time;
    }
}

static void *zeros(size_t size) /* on huge pages if there are any, as numpy asks for them too */
{
    size_t page = (size_t)1 << 21, room = (size + page - 1) / page * page;
    void *memory = aligned_alloc(page, room);
    if (!memory) exit(2);
    madvise(memory, room, MADV_HUGEPAGE);
    return memset(memory, 0, room);
}

/* Half of a plane's neighbours; the first and the last plane have five, and a reservoir none. */
static double neighbours_on_average(const struct stack *s, uint32_t p)
{
    return p >= s->planes ? 0 : p == 0 || p == s->planes - 1 ? 2.5 : 3;
}

static void set_up(struct stack *s, uint64_t seed)
{
    uint32_t n = s->side, P = s->planes, M = s->area = n * n;
    double kT = BOLTZMANN_eV_K * KELVIN, field = CHARGE_V_A / (SPACING_A * SPACING_A * M);
    while (1u << s->shift < M) s->shift++;
    s->sites = P << s->shift;
    s->step = SPACING_A / PERMITTIVITY * field / (2 * kT), s->self = s->step * P / (P + 1);
    s->steepest = exp(BARRIER_eV / kT);
    for (uint32_t code = 0, c = 0; code < CODES; code++) {
        uint32_t neighbours = (code & BESIDE) + !!(code & ABOVE) + !!(code & BELOW);
        s->leave[code] = exp(s->J * neighbours / 2), s->enter[code] = 1 / s->leave[code];
        if ((code & BESIDE) <= 4) s->class_of[code] = (uint8_t)c, s->code_of[c++] = (uint8_t)code;
    }
    for (uint32_t c = 0; c < SUMS; c++) s->before[c] = INFINITY;
    for (int k = 0; k < 4; k++) { /* splitmix64 */
        uint64_t x = seed += 0x9e3779b97f4a7c15;
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
        x = (x ^ x >> 27) * 0x94d049bb133111eb;
        s->rng[k] = x ^ x >> 31;
    }
    s->rate[UP] = zeros((P + 1) * sizeof(double)), s->rate[DOWN] = zeros((P + 1) * sizeof(double));
    s->level = zeros((P + 1) * sizeof(double)), s->integral = zeros(P * sizeof(double));
    s->crossed = zeros((P + 1) * sizeof(int64_t)), s->filled = zeros(P * sizeof(int64_t));
    s->beside = zeros(M * sizeof *s->beside), s->site = zeros(s->sites), s->place = zeros(s->sites * sizeof(uint32_t));
    s->ion = zeros((size_t)s->sites * (s->J > 0 ? CLASSES : 1) * sizeof(uint32_t));
    for (uint32_t g = 0; g <= P; g++) /* half of what the levels of the planes fall by */
        s->level[g] = s->J * (neighbours_on_average(s, g) - neighbours_on_average(s, g - 1)) / 2;
    uint32_t *order = zeros(M * sizeof *order);
    for (uint32_t a = 0; a < M; a++) {
        uint32_t x = a % n, y = a - x; /* y n */
        s->beside[a][0] = (int16_t)(y + (x + 1) % n - a), s->beside[a][1] = (int16_t)(y + (x + n - 1) % n - a);
        s->beside[a][2] = (int16_t)((a + n) % M - a), s->beside[a][3] = (int16_t)((a + M - n) % M - a);
        order[a] = a;
    }
    for (uint32_t p = 0; p < P; p++)
        for (uint32_t i = 0; i < M / 2; i++) {
            fill_uniform(s, 1);
            uint32_t other = i + (uint32_t)(s->uniform[0] * (M - i)), a = order[other], at = p << s->shift | a;
            order[other] = order[i], order[i] = a;
            s->filled[p]++, s->ion[s->ions++] = at;
            if (s->J == 0) s->site[at] = OCCUPIED;
        }
    if (s->J > 0) {
        uint32_t *first = zeros(s->ions * sizeof *first);
        memcpy(first, s->ion, s->ions * sizeof *first);
        for (uint32_t i = 0; i < s->ions; i++) occupy(s, first[i], 1);
        free(first);
    }
    free(order);
    s->stale = 1;
}

/* Whether sites, lists and counts agree with each other. */
static int consistent(const struct stack *s)
{
    uint32_t good = 1, ions = 0, plane = 1u << s->shift;
    int64_t crossings = s->crossed[s->planes];
    for (uint32_t p = 0; p < s->planes; p++) {
        int64_t filled = 0;
        for (uint32_t a = 0; a < s->area; a++) {
            uint32_t at = p << s->shift | a, code = 0;
            filled += s->site[at] >= OCCUPIED;
            if (s->J == 0) continue;
            for (uint32_t k = 0; k < 4; k++) code += s->site[at + (uint32_t)s->beside[a][k]] >= OCCUPIED;
            if (p > 0 && s->site[at - plane] >= OCCUPIED) code |= BELOW;
            if (p + 1 < s->planes && s->site[at + plane] >= OCCUPIED) code |= ABOVE;
            good &= (s->site[at] & (CODES - 1)) == code;
            if (s->site[at] >= OCCUPIED) good &= s->ion[s->class_of[code] * s->sites + s->place[at]] == at;
        }
        good &= filled == s->filled[p] && filled == s->area / 2 + s->crossed[p] - s->crossed[p + 1];
        ions += (uint32_t)filled, crossings += s->crossed[p];
    }
    for (uint32_t i = 0; s->J == 0 && i < s->ions; i++) good &= s->site[s->ion[i]] == OCCUPIED;
    return (int)(good && ions == s->ions && crossings == s->crossings);
}

int main(int argc, char **argv)
{
    static struct stack s;
    double number[8];
    for (int k = 0; k < 8; k++) number[k] = argc == 9 ? atof(argv[k + 1]) : -1;
    int possible = number[0] >= 0 && number[1] >= 3 && number[1] <= 180 && number[2] >= 3 && number[2] <= 10000;
    for (int k = 3; k < 5; k++) possible &= number[k] > 0 && number[k] < 1;
    if (!possible) {
        fputs("usage: stack_yardstick J SIDE PLANES LOWER UPPER WARM TIME SEED, with SIDE from 3 to 180\n", stderr);
        return 2;
    }
    s.J = number[0], s.side = (uint32_t)number[1], s.planes = (uint32_t)number[2];
    s.filling[0] = number[3], s.filling[1] = number[4];
    set_up(&s, strtoull(argv[8], NULL, 10));
    run(&s, number[5]);
    double before = s.time;
    int64_t crossings = s.crossings;
    s.within = s.across = s.attempts = 0;
    memset(s.integral, 0, s.planes * sizeof *s.integral);
    struct timespec start, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    run(&s, number[5] + number[6]);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    printf("%lld %lld %lld %.3f %.6f %.6f\n", (long long)s.within, (long long)s.across, (long long)s.attempts,
           (double)(s.crossings - crossings) / (s.planes + 1), s.time - before,
           (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec));
    for (uint32_t p = 0; p < s.planes; p++) printf("%.6f ", s.integral[p] / (s.time - before) / s.area);
    puts("");
    return !consistent(&s);
}
