/* The C interface between Python, the engine and the generated kernels.
 *
 * Plain C, and at the same time the cdef that cffi parses (lines that begin with '#' are dropped there).
 * No exceptions cross it: functions that can fail return a status, 0 for success, and leave a text in the
 * network's message. Arrays belong to Python unless a comment says otherwise.
 *
 * A "word" is one array element: real (double or float) or an integer of the same width, see `precision`.
 * An "element" is the index of a neuron inside this rank's arrays; a "rank" of a neuron inside its population
 * is its index in the whole population. `first` converts: index = first + element.
 */
#ifndef DISTANN_ABI_H
#define DISTANN_ABI_H
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

enum { DISTANN_ABI = 7 };
enum { DISTANN_MESSAGE = 240 }; /* bytes of a message, the closing zero included */

/* ---------------------------------------------------------------- kernels: called by the engine ---------- */

typedef struct {
    int64_t  step;  /* t = step * dt */
    double   dt;    /* ms */
    double   interval; /* ms since the last update: dt, or the period of learning */
    uint64_t seed;
    int32_t  worker;
    int32_t  reserved;
} distann_clock;

/* ForEachNeuron: one step of the neurons [begin, end) of one population, by one worker. */
typedef struct {
    const distann_clock *clock;
    void *const *fields; /* in the order of Kernel.fields; a field of the whole object points at this worker's copy */
    int64_t   begin, end; /* elements; begin is a multiple of 16, the arrays are padded to a multiple of 16 */
    int64_t   first;      /* index in the population of element 0 */
    uint32_t  stream;     /* random stream of the population's first draw; draw d uses stream + d */
    uint32_t  reserved;
    uint32_t *spikes;     /* out: elements that spiked, ascending; room for end - begin */
} distann_neurons;

/* GatherRows: continuous transmission into the rows [begin, end), target-major. */
typedef struct {
    const distann_clock *clock;
    void *const *fields;   /* OBJECT and NEURON fields as above; PRE fields: the presynaptic population's values by index,
                              at the time that arrives now, or of all times if delays differ; SYNAPSE fields by slot */
    const int64_t  *row;   /* row r has the slots [row[r], row[r + 1]) */
    const uint32_t *pre;   /* presynaptic index of each slot; NULL: slot row[r] + j comes from dense_first + j */
    const uint16_t *delay; /* of each slot, counted from the shortest, never with `pre` NULL; NULL: all have one */
    const int64_t  *past;  /* [delay] where the values of that time begin, counted from the pointers of the PRE fields */
    const uint32_t *post;  /* element of row r */
    int64_t  begin, end;   /* rows */
    int64_t  dense_first;
    int64_t  first;        /* index in the population of element 0 */
    uint32_t stream;       /* of random draws */
    int32_t  plastic;      /* 0: weights stay as they are */
} distann_rows;

/* What one presynaptic neuron reaches in one tile (at most 65536 neurons of one worker) after one delay:
 * the kernel's `head` bytes, n x uint16 target, then for each SYNAPSE field n words. A head that is not empty is a
 * distann_head, then a word for each SEGMENT field. */
typedef struct {
    unsigned char *at;
    uint32_t n;
    uint32_t source; /* index of the presynaptic neuron */
} distann_segment;

typedef struct {
    int64_t arrived; /* step of the last presynaptic spike that arrived here, or of the beginning */
    int64_t delay;   /* counted from the projection's shortest */
} distann_head;

/* Postsynaptic spikes of the neurons of one tile, for synapses that they change. */
enum { DISTANN_POSTS_KEPT = 15 };
typedef struct {
    int64_t begin;           /* step from which on `kept` counts; all synapses have seen the spikes before it */
    const int32_t (*kept)[16]; /* [neuron] how many spikes, then their steps counted from `begin`, ascending */
    const int32_t *newest;   /* [neuron] the last step of `kept`; -1 if there is none */
    const int64_t *last;     /* [neuron] step of the last spike that all synapses have seen; very negative at first */
    const void    *records;  /* [neuron][DISTANN_POSTS_KEPT][record] words, of the kept spikes */
    const uint8_t *spiking;  /* [neuron] whether it has spiked in this step */
} distann_posts;

/* What a kernel that changes synapses does with segments. */
enum {
    DISTANN_DELIVER, /* a presynaptic spike arrives */
    DISTANN_CATCH_UP, /* takes kept postsynaptic spikes into account, and nothing else */
    DISTANN_SETTLE,  /* the same, and brings all values to the beginning of this step, as if a spike had arrived */
    DISTANN_LEARN_EQUATIONS, /* a sweep: the equations of this step */
    DISTANN_LEARN_POSTS      /* a sweep: for neurons that have spiked in this step */
};

/* DeliverSpikes, SweepSegments: segments of one tile; those that are due now, in the order of delivery, or all. */
typedef struct {
    const distann_clock *clock;
    void *const *fields;      /* OBJECT fields: this worker's copy; NEURON fields: already moved to the tile's first neuron;
                                 PRE fields: the values of all times */
    const distann_segment *segments;
    int64_t  n_segments;
    /* For kernels that change synapses, or sweep over them: */
    const int64_t *past;      /* [delay] where the presynaptic values to be read begin, counted from the PRE pointers */
    const distann_posts *posts;
    int64_t  first;           /* index in the population of the tile's first neuron */
    int64_t  shortest;        /* delay of the projection, steps */
    uint32_t stream;          /* of random draws */
    int32_t  mode;
    int32_t  plastic;         /* 0: weights stay as they are */
    int32_t  updates;         /* that values which relax have seen in this step already: 0 or 1 */
} distann_events;

/* OnPostSpike: neurons of one worker that have spiked in this step. */
typedef struct {
    const distann_clock *clock;
    void *const *fields;      /* as for neurons */
    const uint32_t *spikes;   /* [n] elements */
    const int32_t  *entry;    /* [n] where each is kept */
    int64_t  n;
    int64_t  first;           /* index in the population of element 0 */
    void    *records;         /* out: [element][DISTANN_POSTS_KEPT][record] words */
    uint32_t stream;
    uint32_t reserved;
} distann_post_spikes;

/* ChoosePairs: pairs of neurons, of which a rule of structural plasticity chooses some. */
typedef struct {
    const distann_clock *clock;
    void *const *fields;  /* OBJECT and NEURON fields as for neurons; PRE fields: the values of this step by index; SYNAPSE fields: [n] */
    const uint32_t *pre;  /* [n] indices in the presynaptic population */
    const uint32_t *post; /* [n] elements */
    int64_t  n;
    int64_t  first;       /* index in the postsynaptic population of element 0 */
    uint32_t stream;      /* of random draws */
    uint32_t reserved;
    uint8_t *chosen;      /* out: [n] */
} distann_pairs;

typedef int64_t (*distann_neurons_kernel)(const distann_neurons *); /* returns the number of spikes */
typedef void (*distann_rows_kernel)(const distann_rows *);
typedef void (*distann_learning_kernel)(const distann_rows *learning, const distann_rows *gathering); /* the same rows */
typedef void (*distann_events_kernel)(const distann_events *);
typedef void (*distann_post_spikes_kernel)(const distann_post_spikes *);
typedef void (*distann_pairs_kernel)(const distann_pairs *);
/* a[i] = f(a[i], b[i], c[i]), i < n; a function of fewer arguments ignores the others, which may be any numbers */
typedef void (*distann_function)(double *a, const double *b, const double *c, int64_t n);

enum { DISTANN_NEURONS, DISTANN_ROWS, DISTANN_EVENTS, DISTANN_POST_SPIKES, DISTANN_PAIRS, DISTANN_FUNCTIONS }; /* kinds of kernels */

typedef struct {
    const char *name;
    int32_t     kind;
    int32_t     n_fields;
    int32_t     n_synapse_fields;
    int32_t     word; /* bytes of a word */
    void       *function;
    int32_t     head;     /* bytes before the targets of a segment */
    int32_t     n_shared; /* SEGMENT fields */
    int32_t     n_records; /* words kept with a postsynaptic spike */
    int32_t     replays;  /* 1: postsynaptic spikes are kept for it, and wait until it needs them */
    void       *gathering; /* distann_learning_kernel of rows that learn: it and then the transmission, in one pass; or NULL */
} distann_kernel;

/* The one function of a generated library: its table of kernels, closed by an entry whose name is NULL. */
const distann_kernel *distann_kernels(int32_t *abi);

/* ---------------------------------------------------------------- engine: called by Python --------------- */

typedef struct distann_network distann_network;

typedef struct {
    int32_t  abi;      /* DISTANN_ABI */
    int32_t  word;     /* 8: double and int64; 4: float and int32 */
    int32_t  ranks, rank, threads;
    int32_t  window;   /* steps between two exchanges: the smallest delay of a connection */
    int32_t  longest;  /* the longest delay, in steps */
    int32_t  crowded;  /* 1: the node has fewer cores than threads of ranks: those that wait give way at once */
    double   dt;
    uint64_t seed;
} distann_settings;

typedef struct {
    int64_t  size;          /* neurons in the whole population */
    const int64_t *first;   /* [ranks * threads + 1] first index of each worker's slice, and size */
    void    *kernel;        /* distann_neurons_kernel, or NULL when nothing is computed */
    int32_t  n_fields;
    int32_t  n_cleared;
    void *const   *fields;  /* [n_fields] */
    const int32_t *axes;    /* [n_fields] DISTANN_OBJECT or DISTANN_NEURON */
    void *const   *cleared; /* [n_cleared] arrays by element that are set to 0 by DISTANN_CLEAR */
    uint32_t stream;
    int32_t  spiking;       /* 1: the kernel may emit spikes */
} distann_population;

/* Spikes that are given: what the kernel distann_replay_spikes emits. Python may change it between two calls. */
typedef struct {
    int64_t n;
    const int64_t  *steps;    /* [n] ascending */
    const uint32_t *elements; /* [n] ascending within a step */
} distann_trains;

/* Values that are given: row k holds from step begin + onset[k] until the next row begins, the last one for ever or to the
 * end of the period. Python may change it between two calls. */
typedef struct {
    int64_t n;            /* rows; without any the field keeps what it has, and so it does before the first one begins */
    int64_t begin;        /* the step that onsets are counted from */
    int64_t period;       /* steps after which the first row comes again; 0: never */
    const int64_t *onset; /* [n] ascending, from 0 on */
    const void *values;   /* [n][elements of this rank] words, or [n] words for an OBJECT field */
} distann_timetable;

/* Axes of a field. An OBJECT array has one copy a thread, 64 bytes apart. */
enum { DISTANN_OBJECT, DISTANN_NEURON, DISTANN_PRE, DISTANN_SYNAPSE, DISTANN_SEGMENT };

enum {
    DISTANN_CONSTANT,         /* a */
    DISTANN_UNIFORM,          /* between a and b */
    DISTANN_NORMAL,           /* mean a, standard deviation b */
    DISTANN_LOG_NORMAL,       /* exp of a normal with mean a, standard deviation b */
    DISTANN_EXPONENTIAL,      /* rate a */
    DISTANN_DISCRETE_UNIFORM, /* integers a to b, both included */
    DISTANN_GAMMA,            /* shape a, scale b */
    DISTANN_BINOMIAL,         /* a trials of probability b */
    DISTANN_VALUES,           /* values[slot of the explicit rows] */
    DISTANN_MATRIX,           /* values[position on the postsynaptic side * n_pre + position on the presynaptic side] */
    DISTANN_FORMULA           /* of the distance of the two neurons */
};

/* One operation of a formula in postfix notation: it takes its arguments from a stack. */
typedef struct {
    const distann_kernel *function; /* of n_fields arguments; without code: the distance; NULL: the number */
    double number;
} distann_code;

/* A formula of the distance between two neurons, which lie on the grids of their populations in one box. */
typedef struct {
    const distann_code *code; /* [n_code] */
    int32_t n_code;
    int32_t dimensions;
    int32_t wrap;             /* 1: each axis closes to a ring, on which neuron i of n lies at extent * (i + 1/2) / n;
                                 0: at extent * i / (n - 1) */
    int32_t reserved;
    const int64_t *pre_shape, *post_shape; /* [dimensions] neurons along each axis, row-major */
    const double  *extent;                 /* [dimensions] */
} distann_formula;

typedef struct {
    int32_t  kind;
    uint32_t stream;
    double   a, b;
    double   min, max; /* clipping */
    const double *values;
    const distann_formula *formula;
} distann_distribution;

enum {
    DISTANN_ALL_TO_ALL,
    DISTANN_ONE_TO_ONE,
    DISTANN_FIXED_PROBABILITY,
    DISTANN_FIXED_NUMBER_PRE,
    DISTANN_FIXED_TOTAL_NUMBER,
    DISTANN_EXPLICIT,
    DISTANN_FIXED_NUMBER_POST,
    DISTANN_PAIRWISE_PROBABILITY
};

/* Who is connected to whom. Rows are the postsynaptic neurons of the projection that this rank owns. */
typedef struct {
    int32_t  kind;
    int32_t  self_connections; /* 0: the pair with equal population index is left out (pre and post are one population) */
    uint32_t stream;
    int32_t  multapses;        /* DISTANN_FIXED_*_NUMBER: 1: a pair may be drawn again */
    double   probability;
    int64_t  number;
    int64_t  n_pre;            /* neurons on the presynaptic side */
    const uint32_t *pre;       /* [n_pre] their indices in the population, any order; NULL: 0 .. n_pre-1 */
    int64_t  n_post;           /* neurons on the postsynaptic side, of all ranks */
    const uint32_t *post;      /* [n_post] their indices in the population, any order; NULL: 0 .. n_post-1 */
    int64_t  n_rows;
    const uint32_t *element;   /* [n_rows] ascending elements */
    const uint32_t *row;       /* [n_rows] position on the postsynaptic side: draws are keyed by it, one_to_one pairs by it */
    const int64_t  *explicit_row; /* DISTANN_EXPLICIT: [n_rows + 1], and positions on the presynaptic side, ascending in a row */
    const uint32_t *explicit_pre;
    const distann_formula *formula; /* DISTANN_PAIRWISE_PROBABILITY: of each pair, and the distance beyond which there is none */
    double   radius;
} distann_rule;

typedef struct {
    int32_t axis;
    int32_t published;           /* PRE: number of the published field */
    void   *data;                /* OBJECT, NEURON */
    distann_distribution initial; /* SYNAPSE, SEGMENT (a constant) */
} distann_field;

/* A kernel of a projection and what it works on; SYNAPSE and SEGMENT fields are those of the transmission, in its order. */
typedef struct {
    const distann_kernel *kernel; /* NULL: there is none */
    const distann_field *fields;
    uint32_t stream;              /* of random draws */
    int16_t  equations, posts;    /* a sweep: 1 if it has equations of each step; if it serves spikes of this step */
} distann_routine;

typedef struct {
    int32_t  pre, post;   /* populations */
    const distann_kernel *kernel; /* its kind says the storage: DISTANN_ROWS target-major, DISTANN_EVENTS source-major */
    const distann_field *fields;  /* [kernel->n_fields] */
    uint32_t stream;              /* of the kernel's random draws */
    int32_t  window;              /* EVENTS: a spike arrives in so many steps, one after the other; 0: in one */
    int32_t  inputs;              /* ROWS: how many fields, the last ones, receive what is transmitted; 0: it depends on them */
    int32_t  changes;             /* 1: synapses can be made and removed. All of this then lives as long as the network */
    int32_t  axons;               /* EVENTS: the population whose spikes are the axonal ones of `pre` */
    distann_routine axonal;       /* EVENTS: behind the delivery of spikes, that of axonal ones, with the same synapses */
    distann_routine continuous;   /* EVENTS: behind both */
    distann_routine relaxation;   /* NEURONS: every step, after the neurons */
    distann_routine postsynaptic; /* NEURONS: steps that learn, after `relaxation` */
    distann_routine learning;     /* ROWS or EVENTS: steps that learn, after `postsynaptic` */
    distann_routine emission;     /* POST_SPIKES: when postsynaptic neurons have spiked */
    distann_routine creating;     /* PAIRS: of those without a synapse, which get one */
    distann_routine pruning;      /* PAIRS: of the synapses, which are removed */
    distann_distribution created_weight, created_delay; /* of synapses that `creating` makes; the delay in ms */
    int32_t  weight;              /* number of the SYNAPSE field that has `created_weight`; -1: none has */
    int32_t  reserved;
    distann_distribution delay; /* ms, rounded half up to steps */
    int32_t  shortest, longest; /* steps, >= 1: delays outside become these; equal where all synapses have one delay */
    distann_rule rule;
} distann_projection;

/* A condition that stops a run: true for one neuron, or for all, of a population at the end of a step. */
typedef struct {
    int32_t  population;
    int32_t  all;         /* 1: all neurons must fulfil it; 0: one is enough */
    void    *kernel;      /* distann_neurons_kernel that returns how many fulfil it, reading only; NULL: those that spiked */
    int32_t  n_fields;
    int32_t  reserved;
    void *const   *fields; /* [n_fields] */
    const int32_t *axes;   /* [n_fields] DISTANN_OBJECT or DISTANN_NEURON */
} distann_condition;

/* What one step is made of, in order, as data (codegen/schedule). Each worker runs it over its own neurons. At a MEET they
 * tell each other what the neurons have become; the window is then one step. */
enum {
    DISTANN_CLEAR, DISTANN_TRANSMIT, DISTANN_RECORD_INPUTS, DISTANN_UPDATE, DISTANN_RECORD, DISTANN_LEARN, DISTANN_MEET,
    DISTANN_RESTRUCTURE
};
typedef struct {
    int32_t kind;
    int32_t object; /* CLEAR, UPDATE: population; TRANSMIT, LEARN, RESTRUCTURE: bundle; others: unused */
} distann_operation;

int32_t distann_abi(int32_t *sizes); /* returns DISTANN_ABI; sizes[0..8] = sizeof of settings, population, distribution, rule, field, projection, operation, kernel, condition */

distann_network *distann_network_new(const distann_settings *settings); /* NULL: out of memory or another ABI */
void distann_network_free(distann_network *network);
const char *distann_message(const distann_network *network);

/* Each returns the number of the new object, or -1. Arrays named by pointers inside are read during the call only,
 * but for fields, cleared and data, which must live as long as the network. */
int32_t distann_add_population(distann_network *network, const distann_population *population);
/* A field (by element) that other neurons read continuously: kept for every neuron of the population. */
int32_t distann_publish(distann_network *network, int32_t population, const void *field);
/* Lets a field of a population take the values of a timetable, which lives as long as the network, before each update. */
int32_t distann_play(distann_network *network, int32_t population, void *field, int32_t axis, const distann_timetable *timetable);
/* Keeps the array `rates`, by element, at the number of a neuron's spikes in the last `steps` steps, in Hz. `steps` is at least the
 * window and at most the longest delay of the settings. Returns 0 or -1. */
int32_t distann_measure_rate(distann_network *network, int32_t population, void *rates, int64_t steps);
/* After every exchange, and a refresh, the published field is reduced over the whole population into an OBJECT array of reals. Its
 * words are integers, or not. The window must be one step. Returns 0 or -1. */
enum { DISTANN_MEAN, DISTANN_MAX, DISTANN_MIN, DISTANN_NORM1, DISTANN_NORM2 };
int32_t distann_add_reduction(distann_network *network, int32_t published, int32_t integer, int32_t operation, void *into);
/* Builds the synapses of one bundle, all threads: n projections from one population by one DISTANN_EVENTS kernel that only adds to
 * NEURON fields, which lie alike in memory. They are stored together and transmit together, in program order where the first would.
 * Returns the number of the first projection; the others follow. Bundles are counted from 0 in the order of these calls. */
int32_t distann_add_projections(distann_network *network, const distann_projection *projections, int32_t n);
int32_t distann_set_program(distann_network *network, const distann_operation *operations, int32_t n);

/* Steps: as many as asked for, fewer where a condition is met, a word is heard, or some rank's clock says that `seconds` are
 * over; then all ranks end with the same window. DISTANN_FAILED comes on all ranks alike. After DISTANN_EXCHANGE the caller
 * exchanges the last window: pack, an Allgather of equally sized buffers, unpack. That is so for each window of more ranks,
 * unless they share memory and their packets fit into it. */
enum { DISTANN_DONE, DISTANN_FAILED, DISTANN_EXCHANGE };
int32_t distann_advance(distann_network *network, int64_t steps, double seconds);
/* Gives all ranks, which must be on one node, common memory for packets of up to `capacity` bytes, a multiple of 64 and at least 1024. It is
 * zero, lies on a multiple of 64 bytes, and lives as long as the network, or until the next one is given. */
int64_t distann_mailbox_bytes(int32_t ranks, int64_t capacity);
void    distann_set_mailboxes(distann_network *network, void *memory, int64_t capacity);
int64_t distann_pack(distann_network *network, void *buffer, int64_t capacity); /* bytes needed; nothing but a header is written when it is more than capacity */
int64_t distann_packed_size(const void *buffers, int64_t stride, int32_t ranks); /* the largest need among all ranks' packets */
int32_t distann_unpack(distann_network *network, const void *buffers, int64_t stride); /* status: 1 when any rank failed, with its message */
int32_t distann_finish(distann_network *network); /* more ranks, a program with MEET: the rest of the step, after unpack */
int32_t distann_failed_rank(const distann_network *network); /* after a failed unpack or advance */
/* After Python changed a state: the next packet (no steps in it) carries the published fields as they are now.
 * everywhere = 1 fills the whole past with them (start, reset), 0 only the last step. Follow it by pack/Allgather/unpack; one rank: done at once. */
int32_t distann_refresh(distann_network *network, int32_t everywhere);

int64_t distann_step(const distann_network *network);
void distann_set_step(distann_network *network, int64_t step);
void distann_forget_spikes(distann_network *network); /* empties the spikes in flight */
int32_t distann_set_update(distann_network *network, int32_t population, int32_t on); /* 0: its neurons stay as they are */

/* Stopping. While conditions are watched a window has one step, and `advance` ends with the step after which they are met:
 * all of them, or with all = 0 one. Adding returns the number of the condition, or -1; n = 0 ends the watch. */
int32_t distann_add_condition(distann_network *network, const distann_condition *condition);
int32_t distann_watch(distann_network *network, const int32_t *conditions, int32_t n, int32_t all);
int32_t distann_stopped(const distann_network *network); /* since the watch began */
/* A word to all ranks, bits of the caller's choice: it goes with this rank's next packet, and every rank hears the words of
 * all, joined by "or", after the exchange. One rank: `advance` ends with its window. Hearing it takes it away. */
void    distann_notify(distann_network *network, int32_t word);
int32_t distann_heard(distann_network *network);

/* The past that still matters, for checkpoints: of the last `longest` steps, whole on every rank. `back` is 1 for the last step. */
int64_t distann_flying(const distann_network *network, int32_t population); /* spikes in flight; oldest first, then ascending */
int32_t distann_read_flying(const distann_network *network, int32_t population, int32_t *back, uint32_t *indices);
int32_t distann_write_flying(distann_network *network, int32_t population, const int32_t *back, const uint32_t *indices, int64_t n);
int32_t distann_read_past(const distann_network *network, int32_t published, void *words); /* [longest][size], last step first */
int32_t distann_write_past(distann_network *network, int32_t published, const void *words);

/* Recording. Buffers belong to the engine and grow before a window begins. */
int32_t distann_record_field(distann_network *network, int32_t population, const void *field, int32_t axis, int32_t inputs,
                             int64_t period, int64_t offset, const uint32_t *elements, int64_t n); /* elements NULL: all of this rank */
int32_t distann_record_spikes(distann_network *network, int32_t population);
int32_t distann_record_synapses(distann_network *network, int32_t projection, int32_t synapse_field, int64_t period,
                                int64_t offset, const int64_t *slots, int64_t n); /* positions in the order of storage */
void    distann_record_switch(distann_network *network, int32_t recorder, int32_t on);
int64_t distann_recorded(const distann_network *network, int32_t recorder); /* rows, or spikes */
int32_t distann_read_rows(const distann_network *network, int32_t recorder, void *words); /* [rows][n] */
int32_t distann_read_spikes(const distann_network *network, int32_t recorder, int64_t *steps, int64_t *indices); /* sorted by (step, index) */
void    distann_record_clear(distann_network *network, int32_t recorder, int32_t keep); /* keep: the memory stays for what follows */
/* Instead of what was recorded: as the functions above have read it, of the elements of this rank. */
int32_t distann_write_rows(distann_network *network, int32_t recorder, const void *words, int64_t rows);
int32_t distann_write_spikes(distann_network *network, int32_t recorder, const int64_t *steps, const int64_t *indices, int64_t n);

/* Synapses of this rank, in storage order. Fields: the SYNAPSE fields, then the SEGMENT fields, of which all synapses of a
 * segment have the same value. Values are as of now, whatever the synapses have not seen yet. */
int64_t distann_synapses(const distann_network *network, int32_t projection);
int32_t distann_read_pairs(const distann_network *network, int32_t projection, uint32_t *post_element, uint32_t *pre_index);
/* slots[0 .. n-1] = positions in the order of storage, by (element, pre), equals as they are stored; starts[elements + 1] = where each
 * element's begin. */
void    distann_sort_pairs(const uint32_t *post_element, const uint32_t *pre_index, int64_t n, int64_t elements, int64_t *starts, int64_t *slots);
int32_t distann_read_delays(const distann_network *network, int32_t projection, uint32_t *steps);
/* Changes the one delay of a projection: between the window and the longest. In flight is what has not arrived: it does so once. */
int32_t distann_set_delay(distann_network *network, int32_t projection, int32_t steps);
/* Changes the delays of each synapse of a DISTANN_ROWS projection, within the range that it was built with; as distann_read_delays. */
/* After a delay was changed: how many of the last steps' spikes have not arrived and are to do so at once; 0 where that is over. */
int64_t distann_pending(const distann_network *network, int32_t projection);
void    distann_set_pending(distann_network *network, int32_t projection, int64_t back); /* after distann_write_flying */
int32_t distann_write_delays(distann_network *network, int32_t projection, const uint32_t *steps);
int32_t distann_read_synapses(const distann_network *network, int32_t projection, int32_t synapse_field, void *words);
int32_t distann_write_synapses(distann_network *network, int32_t projection, int32_t synapse_field, const void *words);
/* The same as it is stored: a value that relaxes as of the last event of its synapse. Postsynaptic spikes that are kept are
 * taken into account first; that changes no result. What is stored is complete with `arrived`, the step of the last presynaptic
 * spike [synapse], and `last`, the step of the last postsynaptic one [element]. A projection that needs neither has none. */
int32_t distann_read_stored(distann_network *network, int32_t projection, int32_t field, void *words);
int32_t distann_write_stored(distann_network *network, int32_t projection, int32_t field, const void *words);
int32_t distann_has_events(const distann_network *network, int32_t projection);
int32_t distann_read_events(distann_network *network, int32_t projection, int64_t *arrived, int64_t *last);
int32_t distann_write_events(distann_network *network, int32_t projection, const int64_t *arrived, const int64_t *last);
int64_t distann_bytes(const distann_network *network, int32_t projection); /* memory that the synapses of its bundle take */
int32_t distann_set_transmission(distann_network *network, int32_t projection, int32_t on);
int32_t distann_set_axon_transmission(distann_network *network, int32_t projection, int32_t on); /* of axonal spikes */
/* Whether weights may change, and equations of synapses go on, in steps of which (step - offset) is a multiple of period. */
int32_t distann_set_learning(distann_network *network, int32_t projection, int32_t plastic, int32_t update, int64_t period,
                             int64_t offset);

/* Structural plasticity, of a projection with `changes`. A rule that is on is applied at the end of the steps of which (step -
 * offset) is a multiple of period, `creating` before `pruning`; values that relax are brought up to date then. */
int32_t distann_set_rules(distann_network *network, int32_t projection, const int64_t *creating, const int64_t *pruning); /* [3] on, period, offset */
/* Brings all values of the synapses up to date: on all ranks alike, before the synapses of one of them are replaced. */
int32_t distann_settle(distann_network *network, int32_t projection);
/* Replaces the synapses of this rank by others, sorted by (element, pre), whose values are 0. */
int32_t distann_write_pairs(distann_network *network, int32_t projection, int64_t n, const uint32_t *post_element,
                            const uint32_t *pre_index, const uint32_t *steps);
/* Replaces the synapses of this rank by those that the rule gave at first, with their first values. */
int32_t distann_reconstruct(distann_network *network, int32_t projection);
int64_t distann_replaced(const distann_network *network, int32_t projection); /* how often synapses of this rank were, since they were constructed */

/* Where the time goes, for each thread: the operations of the program, then these two phases. */
enum { DISTANN_WAITING, DISTANN_EXCHANGING, DISTANN_MORE_PHASES };
int32_t distann_profile(distann_network *network, int64_t events); /* starts; keeps the first `events` single phases of each thread */
void    distann_read_profile(const distann_network *network, double *seconds, int64_t *calls); /* [threads][phases] */
int64_t distann_profiled(const distann_network *network, int32_t thread); /* single phases that were kept */
void    distann_read_phases(const distann_network *network, int32_t thread, double *begin, double *end, int32_t *phase); /* s */
int64_t distann_events_of(const distann_network *network, int32_t projection); /* spikes that have arrived at synapses of its bundle */

/* A kernel of csrc, not of a model: emits given spikes. fields: [0] distann_trains, declared as a NEURON field. */
int64_t distann_replay_spikes(const distann_neurons *neurons);

#ifdef __cplusplus
}
#endif
#endif
