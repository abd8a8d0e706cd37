/* What this machine can do: the hops of interfacekit/kernels/lattice.py, in C and for the simple cubic lattice alone.
 *
 *     gcc -O3 -march=native kmc_yardstick.c -o kmc_yardstick -lm
 *     kmc_yardstick free|metropolis|kra L ATTEMPTS SEED
 *
 * L^3 sites, periodic, half of them with a labelled walker. An attempt draws a walker and one of six directions; it is
 * null where the target is occupied or, if neighbours repel each other by eps = kT / 2, with the probability
 * 1 - rate / bound. "metropolis": rate = min(1, exp(-dE / kT)). "kra": rate = exp(-dE / 2 kT), a high barrier.
 * Prints the workload, sites, attempts, hops and the seconds that the attempts took, after 5 attempts per site untimed.
 * Exit status: 1 if the state at the end does not agree with itself, 2 if the arguments are wrong. */
#define _GNU_SOURCE
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { Z = 6, LEVELS = Z + 1, BATCH = 256 };
enum { OCCUPIED = 0x80, BORDER = 0x40, LEVEL = 0x3f }; /* of a site's byte; the level counts occupied neighbours */
static const uint32_t AT_BORDER = 1u << 31;            /* of a walker's word; the rest is its site */

struct box { /* small things first, so that one register reaches them all */
    uint32_t length, sites, walkers, stride[3];
    uint32_t offset[Z]; /* +x -x +y -y +z -z: to the neighbour inside the box, modulo 2^32 */
    uint32_t edge[Z];   /* coordinate where a hop leaves the box, */
    uint32_t wrap[Z];   /* and what brings it back */
    uint32_t branch;    /* AT_BORDER if hops are rare, so that a branch is better than writing what was there, or 0 */
    uint32_t drawn[BATCH], direction[BATCH];
    uint64_t rng[4];
    int64_t hops[Z];
    double acceptance[LEVELS * LEVELS], uniform[2 * BATCH];
    uint8_t *site;
    uint32_t *walker;
    int64_t (*image)[3];
};

static inline uint64_t rotated(uint64_t x, int k) { return x << k | x >> (64 - k); }

/* xoshiro256++ (Blackman & Vigna 2021): uniform numbers in [0, 1), multiples of 2^-53. */
static void fill_uniform(struct box *box, uint32_t n)
{
    uint64_t a = box->rng[0], b = box->rng[1], c = box->rng[2], d = box->rng[3];
    for (uint32_t j = 0; j < n; j++) {
        uint64_t r = rotated(a + d, 23) + a, t = b << 17;
        c ^= a, d ^= b, b ^= c, a ^= d, c ^= t;
        d = rotated(d, 45);
        box->uniform[j] = (double)(r >> 11) * 0x1p-53;
    }
    box->rng[0] = a, box->rng[1] = b, box->rng[2] = c, box->rng[3] = d;
}

/* Draw walkers and directions, and ask for the walkers' words and then for their sites. A function of its own: inlined,
 * it leaves the loops below short of registers. */
static __attribute__((noinline)) void draw(struct box *box, uint32_t m, uint32_t per_attempt)
{
    fill_uniform(box, m * per_attempt);
    for (uint32_t j = 0; j < m; j++) { /* the fraction of the first number is uniform again */
        double x = box->uniform[j * per_attempt] * box->walkers;
        box->drawn[j] = (uint32_t)x;
        box->direction[j] = (uint32_t)((x - box->drawn[j]) * Z);
    }
    for (uint32_t j = 0; j < m; j++) __builtin_prefetch(&box->walker[box->drawn[j]]);
    for (uint32_t j = 0; j < m; j++) {
        uint32_t from = box->walker[box->drawn[j]] & ~AT_BORDER;
        __builtin_prefetch(&box->site[from]);
        __builtin_prefetch(&box->site[(uint32_t)(from + box->offset[box->direction[j]])]);
    }
}

/* A neighbour anywhere in the box, and whether it is across the border. */
static inline uint32_t neighbour(const struct box *box, uint32_t from, uint32_t k, uint32_t *across)
{
    *across = from / box->stride[k / 2] % box->length == box->edge[k];
    return from + box->offset[k] + (box->wrap[k] & -*across);
}

static inline void cross(struct box *box, uint32_t i, uint32_t k) { box->image[i][k / 2] += k & 1 ? -1 : 1; }

static void free_hops(struct box *box, uint64_t attempts)
{
    uint8_t *restrict site = box->site;
    uint32_t *restrict walker = box->walker;
    for (uint32_t m; attempts; attempts -= m) {
        m = attempts < BATCH ? (uint32_t)attempts : BATCH;
        draw(box, m, 1);
        for (uint32_t j = 0; j < m; j++) {
            uint32_t i = box->drawn[j], k = box->direction[j], word = walker[i], from = word & ~AT_BORDER;
            uint32_t to = from + box->offset[k], across;
            if (word & AT_BORDER) {
                to = neighbour(box, from, k, &across);
                if (across & (site[to] >> 7 ^ 1)) cross(box, i, k);
            }
            /* A null attempt writes what was there: a branch would be mispredicted half the time. The compiler makes
             * one of a comparison. */
            uint32_t there = site[to], hop = there >> 7 ^ 1, moved = to | (there & BORDER) << 25;
            site[from] &= (uint8_t)~(hop << 7);
            site[to] = (uint8_t)(there | OCCUPIED);
            walker[i] = (moved & -hop) | (word & (hop - 1));
            box->hops[k] += hop;
        }
    }
}

static inline void add_inside(const struct box *box, uint8_t *restrict site, uint32_t at, uint32_t change)
{
    uint32_t row = box->stride[1], plane = box->stride[2];
    uint8_t c = (uint8_t)change;
    site[at - 1] += c, site[at + 1] += c, site[at - row] += c, site[at + row] += c;
    site[at - plane] += c, site[at + plane] += c;
}

/* Change the levels around a site. */
static inline void add_level(const struct box *box, uint8_t *restrict site, uint32_t at, uint32_t change)
{
    uint32_t across;
    if (site[at] & BORDER)
        for (uint32_t k = 0; k < Z; k++) site[neighbour(box, at, k, &across)] += (uint8_t)change;
    else
        add_inside(box, site, at, change);
}

static void pair_hops(struct box *box, uint64_t attempts)
{
    uint8_t *restrict site = box->site;
    uint32_t *restrict walker = box->walker;
    for (uint32_t m; attempts; attempts -= m) {
        m = attempts < BATCH ? (uint32_t)attempts : BATCH;
        draw(box, m, 2);
        for (uint32_t j = 0; j < m; j++) {
            uint32_t i = box->drawn[j], k = box->direction[j], word = walker[i], from = word & ~AT_BORDER, across = 0;
            uint32_t to = word & AT_BORDER ? neighbour(box, from, k, &across) : from + box->offset[k];
            uint32_t there = site[to], moved = to | (there & BORDER) << 25;
            double probability = box->acceptance[(site[from] & LEVEL) * LEVELS + (there & LEVEL) - 1];
            uint32_t hop = (there < OCCUPIED) & (box->uniform[2 * j + 1] < probability);
            if ((word | moved | box->branch) & AT_BORDER) {
                if (!hop) continue;
                walker[i] = moved;
                site[from] &= (uint8_t)~OCCUPIED;
                site[to] |= OCCUPIED;
                add_level(box, site, from, -1u);
                add_level(box, site, to, 1);
                box->hops[k]++;
                if (across) cross(box, i, k);
            } else {
                walker[i] = (moved & -hop) | (word & (hop - 1));
                site[from] &= (uint8_t)~(hop << 7);
                site[to] |= (uint8_t)(hop << 7);
                add_inside(box, site, from, -hop);
                add_inside(box, site, to, hop);
                box->hops[k] += hop;
            }
        }
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

/* Half of the sites, drawn at random; levels only where they are used. */
static void set_up(struct box *box, uint32_t length, int pair, uint64_t seed)
{
    uint32_t n = length * length * length, across;
    box->length = length, box->sites = n, box->walkers = n / 2;
    for (uint32_t a = 0, stride = 1; a < 3; a++, stride *= length) {
        box->stride[a] = stride;
        box->offset[2 * a] = stride, box->edge[2 * a] = length - 1, box->wrap[2 * a] = -stride * length;
        box->offset[2 * a + 1] = -stride, box->edge[2 * a + 1] = 0, box->wrap[2 * a + 1] = stride * length;
    }
    for (int k = 0; k < 4; k++) { /* splitmix64 */
        uint64_t x = seed += 0x9e3779b97f4a7c15;
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
        x = (x ^ x >> 27) * 0x94d049bb133111eb;
        box->rng[k] = x ^ x >> 31;
    }
    box->site = zeros(n), box->walker = zeros(n / 2 * sizeof(uint32_t)), box->image = zeros(n / 2 * sizeof(int64_t[3]));
    uint32_t *order = zeros(n * sizeof *order);
    for (uint32_t s = 0; s < n; s++) {
        order[s] = s;
        for (uint32_t k = 0; k < Z; k++)
            if (neighbour(box, s, k, &across), across) box->site[s] = BORDER;
    }
    for (uint32_t i = 0; i < n / 2; i++) {
        fill_uniform(box, 1);
        uint32_t other = i + (uint32_t)(box->uniform[0] * (n - i)), s = order[other];
        order[other] = order[i];
        box->walker[i] = s | (uint32_t)(box->site[s] & BORDER) << 25;
        box->site[s] |= OCCUPIED;
        if (pair) add_level(box, box->site, s, 1);
    }
    free(order);
}

/* Whether walkers, sites, levels and borders agree with each other. */
static int consistent(const struct box *box, int pair)
{
    uint8_t *count = zeros(box->sites);
    uint32_t across, good = 1;
    for (uint32_t i = 0; i < box->walkers && good; i++) {
        uint32_t s = box->walker[i] & ~AT_BORDER;
        good = s < box->sites && count[s] < OCCUPIED && !(box->walker[i] & AT_BORDER) == !(box->site[s] & BORDER);
        if (good) count[s] |= OCCUPIED;
        for (uint32_t k = 0; pair && good && k < Z; k++) count[neighbour(box, s, k, &across)]++;
    }
    for (uint32_t s = 0; s < box->sites; s++) good &= (box->site[s] & ~BORDER) == count[s];
    free(count);
    return (int)good;
}

int main(int argc, char **argv)
{
    static struct box box;
    int pair = argc == 5 && strcmp(argv[1], "free"), kra = pair && !strcmp(argv[1], "kra");
    int length = argc == 5 ? atoi(argv[2]) : 0;
    if (length < 3 || length > 1290 || (pair && !kra && strcmp(argv[1], "metropolis"))) {
        fputs("usage: kmc_yardstick free|metropolis|kra L ATTEMPTS SEED, with L from 3 to 1290\n", stderr);
        return 2;
    }
    uint64_t attempts = strtoull(argv[3], NULL, 10);
    set_up(&box, (uint32_t)length, pair, strtoull(argv[4], NULL, 10));
    box.branch = kra || box.sites > 1u << 22 ? AT_BORDER : 0; /* found by trying */
    for (int p = 0; p < LEVELS; p++) /* the bound of kra is the rate from among five neighbours to among none */
        for (int q = 0; q < LEVELS; q++)
            box.acceptance[p * LEVELS + q] = kra ? exp(0.25 * (p - q - (Z - 1))) : exp(0.5 * (q > p ? p - q : 0));

    void (*run)(struct box *, uint64_t) = pair ? pair_hops : free_hops;
    run(&box, 5 * (uint64_t)box.sites);
    memset(box.hops, 0, sizeof box.hops);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    run(&box, attempts);
    clock_gettime(CLOCK_MONOTONIC, &end);
    int64_t hops = 0;
    for (int k = 0; k < Z; k++) hops += box.hops[k];
    printf("%s %u %llu %lld %.6f\n", argv[1], box.sites, (unsigned long long)attempts, (long long)hops,
           (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec));
    return !consistent(&box, pair);
}
