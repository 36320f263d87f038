/*
 * Replies, right and wrong. The right ones are built by ldns; what is wrong on purpose is done to
 * them afterwards, so that each fault is the only thing wrong with its packet.
 */
#include "tests/support/dns_reply.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define TTL              60
#define EDNS_SIZE        1232
#define UDP_SIZE_DEFAULT 512U

/* What the modifiers ask for, as far as they apply to this question and its transport. */
struct plan {
    const struct dns_action *action; /* the script's, or `instead` */
    struct dns_action instead;
    bool tcp;
    bool truncate;
    bool wrong_id;
    bool wrong_question;
    bool no_question;
    bool no_edns;
    bool poison;
    bool reverse;
    bool upper;
    unsigned turn;
};

static const ldns_rr *question_of(const ldns_pkt *query)
{
    return ldns_rr_list_rr(ldns_pkt_question(query), 0);
}

/* Takes ownership of `rr`; NULL is a failure. */
static int push(ldns_pkt *packet, ldns_pkt_section section, ldns_rr *rr)
{
    if (rr == NULL) {
        return -1;
    }
    if (!ldns_pkt_push_rr(packet, section, rr)) {
        ldns_rr_free(rr);
        return -1;
    }
    return 0;
}

/* A record of one rdata; both names are copied. */
static ldns_rr *record_new(const ldns_rdf *owner, ldns_rr_type type, const ldns_rdf *data)
{
    ldns_rr *rr = ldns_rr_new();
    ldns_rdf *owner_copy = ldns_rdf_clone(owner);
    ldns_rdf *data_copy = ldns_rdf_clone(data);

    if (rr == NULL || owner_copy == NULL || data_copy == NULL || !ldns_rr_push_rdf(rr, data_copy)) {
        ldns_rr_free(rr);
        ldns_rdf_deep_free(owner_copy);
        ldns_rdf_deep_free(data_copy);
        return NULL;
    }
    ldns_rr_set_owner(rr, owner_copy);
    ldns_rr_set_type(rr, type);
    ldns_rr_set_class(rr, LDNS_RR_CLASS_IN);
    ldns_rr_set_ttl(rr, TTL);
    return rr;
}

static ldns_rr *record_parse(const char *text)
{
    ldns_rr *rr = NULL;

    return ldns_rr_new_frm_str(&rr, text, TTL, NULL, NULL) == LDNS_STATUS_OK ? rr : NULL;
}

/* The root is above every name, so its SOA fits every negative answer. */
static int push_soa(ldns_pkt *packet)
{
    return push(packet, LDNS_SECTION_AUTHORITY,
                record_parse(". 60 IN SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 60"));
}

/* The addresses of the type asked for, beginning `turn` further. Counts them in *found. */
static int push_addresses(ldns_pkt *packet, const struct dns_action *action, const ldns_rdf *owner,
                          ldns_rr_type type, size_t turn, size_t *found)
{
    const ldns_rdf_type wanted = type == LDNS_RR_TYPE_A ? LDNS_RDF_TYPE_A : LDNS_RDF_TYPE_AAAA;

    *found = 0;
    if (type != LDNS_RR_TYPE_A && type != LDNS_RR_TYPE_AAAA) {
        return 0;
    }
    for (size_t i = 0; i < action->address_count; i++) {
        const ldns_rdf *address = action->addresses[(i + turn) % action->address_count];

        if (ldns_rdf_get_type(address) != wanted) {
            continue;
        }
        if (push(packet, LDNS_SECTION_ANSWER, record_new(owner, type, address)) != 0) {
            return -1;
        }
        ++*found;
    }
    return 0;
}

static int fill_chain(ldns_pkt *packet, const struct dns_action *action, const ldns_rr *question)
{
    const ldns_rdf *owner = ldns_rr_owner(question);
    size_t found;

    for (size_t i = 0; i < action->name_count; i++) {
        ldns_rr *cname = record_new(owner, LDNS_RR_TYPE_CNAME, action->names[i]);

        if (push(packet, LDNS_SECTION_ANSWER, cname) != 0) {
            return -1;
        }
        owner = action->names[i];
    }
    if (action->kind == DNS_ACTION_CNAME_LOOP) {
        return push(packet, LDNS_SECTION_ANSWER,
                    record_new(owner, LDNS_RR_TYPE_CNAME, ldns_rr_owner(question)));
    }
    if (push_addresses(packet, action, owner, ldns_rr_get_type(question), 0, &found) != 0) {
        return -1;
    }
    return found > 0 ? 0 : push_soa(packet);
}

/* Addresses of a name that nobody asked for. */
static int fill_foreign(ldns_pkt *packet, const struct dns_action *action, const ldns_rr *question)
{
    ldns_rdf *owner = ldns_dname_new_frm_str("foreign.invalid.");
    size_t found;
    int result;

    if (owner == NULL) {
        return -1;
    }
    result = push_addresses(packet, action, owner, ldns_rr_get_type(question), 0, &found);
    ldns_rdf_deep_free(owner);
    return result;
}

/* As a server answers that neither serves the zone nor asks others: RFC 1034 section 4.3.1. */
static int fill_lame(ldns_pkt *packet)
{
    ldns_pkt_set_aa(packet, false);
    ldns_pkt_set_ra(packet, false);
    return push(packet, LDNS_SECTION_AUTHORITY, record_parse(". 60 IN NS ns.invalid."));
}

/* A label's length is at most 63 and no letter. */
static void upper_owners(const ldns_rr_list *list)
{
    for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
        const ldns_rdf *owner = ldns_rr_owner(ldns_rr_list_rr(list, i));
        uint8_t *bytes = ldns_rdf_data(owner);

        for (size_t at = 0; at < ldns_rdf_size(owner); at++) {
            bytes[at] = (uint8_t)toupper(bytes[at]);
        }
    }
}

/* Turns the answer section round. */
static void reverse_answer(ldns_pkt *packet)
{
    ldns_rr_list *list = ldns_pkt_answer(packet);
    const size_t count = ldns_rr_list_rr_count(list);

    for (size_t i = 0; i < count / 2; i++) {
        ldns_rr *first = ldns_rr_list_rr(list, i);

        ldns_rr_list_set_rr(list, ldns_rr_list_rr(list, count - 1 - i), i);
        ldns_rr_list_set_rr(list, first, count - 1 - i);
    }
}

static int fill(ldns_pkt *packet, const struct dns_action *action, const ldns_rr *question,
                unsigned turn)
{
    size_t found;

    switch (action->kind) {
    case DNS_ACTION_ANSWER:
    case DNS_ACTION_ROTATE:
        if (push_addresses(packet, action, ldns_rr_owner(question), ldns_rr_get_type(question),
                           action->kind == DNS_ACTION_ROTATE ? turn : 0, &found) != 0) {
            return -1;
        }
        return found > 0 ? 0 : push_soa(packet);
    case DNS_ACTION_CNAME:
    case DNS_ACTION_CNAME_LOOP:
        return fill_chain(packet, action, question);
    case DNS_ACTION_FOREIGN:
        return fill_foreign(packet, action, question);
    case DNS_ACTION_LAME:
        return fill_lame(packet);
    case DNS_ACTION_RCODE:
        ldns_pkt_set_rcode(packet, (uint8_t)action->rcode);
        if (action->rcode == LDNS_RCODE_NOERROR || action->rcode == LDNS_RCODE_NXDOMAIN) {
            return push_soa(packet);
        }
        return 0;
    case DNS_ACTION_DROP:
    case DNS_ACTION_TRUNCATE_REFUSE:
    case DNS_ACTION_TRUNCATE_HANG:
    case DNS_ACTION_EMPTY:
    case DNS_ACTION_GARBAGE:
    case DNS_ACTION_GARBAGE_ANSWER:
        break;
    }
    return 0;
}

/* One record of a name nobody asked for, one of the name asked: neither is in the answer section.
 */
static int push_poison(ldns_pkt *packet, const ldns_rr *question)
{
    ldns_rdf *address = ldns_rdf_new_frm_str(LDNS_RDF_TYPE_A, "203.0.113.66");
    int result = -1;

    if (address != NULL &&
        push(packet, LDNS_SECTION_ADDITIONAL,
             record_parse("poisoned.example. 60 IN A 203.0.113.66")) == 0 &&
        push(packet, LDNS_SECTION_ADDITIONAL,
             record_new(ldns_rr_owner(question), LDNS_RR_TYPE_A, address)) == 0) {
        result = 0;
    }
    ldns_rdf_deep_free(address);
    return result;
}

static ldns_rr *question_new(const ldns_rr *question, bool wrong)
{
    ldns_rr *copy = ldns_rr_clone(question);

    if (copy != NULL && wrong) {
        ldns_rdf *name = ldns_dname_new_frm_str("wrong-question.invalid.");

        if (name == NULL) {
            ldns_rr_free(copy);
            return NULL;
        }
        ldns_rdf_deep_free(ldns_rr_owner(copy));
        ldns_rr_set_owner(copy, name);
    }
    return copy;
}

/* `action` NULL: a packet with header and question only. */
static ldns_pkt *packet_new(const struct dns_action *action, const ldns_pkt *query,
                            const struct plan *plan)
{
    const ldns_rr *question = question_of(query);
    ldns_pkt *packet = ldns_pkt_new();

    if (packet == NULL) {
        return NULL;
    }
    ldns_pkt_set_id(packet, ldns_pkt_id(query));
    ldns_pkt_set_qr(packet, true);
    ldns_pkt_set_aa(packet, true);
    ldns_pkt_set_rd(packet, ldns_pkt_rd(query));
    ldns_pkt_set_ra(packet, true);
    if (!plan->no_question &&
        push(packet, LDNS_SECTION_QUESTION, question_new(question, plan->wrong_question)) != 0) {
        goto failed;
    }
    if (action == NULL) {
        return packet;
    }
    /* A server that echoes EDNS is no lame one to Go (checkHeader in net/dnsclient_unix.go). */
    if (ldns_pkt_edns(query) && !plan->no_edns && action->kind != DNS_ACTION_LAME) {
        ldns_pkt_set_edns_udp_size(packet, EDNS_SIZE);
    }
    if (fill(packet, action, question, plan->turn) != 0) {
        goto failed;
    }
    if (plan->reverse) {
        reverse_answer(packet);
    }
    if (plan->upper) {
        upper_owners(ldns_pkt_question(packet));
        upper_owners(ldns_pkt_answer(packet));
    }
    if (plan->poison && push_poison(packet, question) != 0) {
        goto failed;
    }
    return packet;
failed:
    ldns_pkt_free(packet);
    return NULL;
}

static int write_packet(const struct dns_action *action, const ldns_pkt *query,
                        const struct plan *plan, struct dns_reply *out)
{
    ldns_pkt *packet = packet_new(action, query, plan);
    ldns_status status = LDNS_STATUS_MEM_ERR;

    if (packet != NULL) {
        ldns_pkt_set_tc(packet, out->truncated);
        status = ldns_pkt2wire(&out->bytes, packet, &out->size);
    }
    ldns_pkt_free(packet);
    return status == LDNS_STATUS_OK ? 0 : -1;
}

static int write_truncated(const ldns_pkt *query, const struct plan *plan, struct dns_reply *out)
{
    free(out->bytes);
    out->bytes = NULL;
    out->truncated = true;
    return write_packet(NULL, query, plan, out);
}

static int write_garbage(const ldns_pkt *query, struct dns_reply *out)
{
    const uint16_t id = ldns_pkt_id(query);

    out->size = 40;
    out->bytes = malloc(out->size);
    if (out->bytes == NULL) {
        return -1;
    }
    memset(out->bytes, 0xff, out->size);
    out->bytes[0] = (uint8_t)(id >> 8);
    out->bytes[1] = (uint8_t)id;
    return 0;
}

/* The promised record begins with a pointer that leads behind the end of the packet. */
static int write_garbage_answer(const ldns_pkt *query, const struct plan *plan,
                                struct dns_reply *out)
{
    const size_t extra = 8;
    uint8_t *grown;

    if (write_packet(NULL, query, plan, out) != 0) {
        return -1;
    }
    grown = realloc(out->bytes, out->size + extra);
    if (grown == NULL) {
        return -1;
    }
    memset(grown + out->size, 0xff, extra);
    grown[7] = 1; /* ANCOUNT, low byte */
    out->bytes = grown;
    out->size += extra;
    return 0;
}

static int write_answer(const struct dns_action *action, const ldns_pkt *query,
                        const struct plan *plan, struct dns_reply *out)
{
    size_t limit = ldns_pkt_edns_udp_size(query);

    if (limit < UDP_SIZE_DEFAULT) {
        limit = UDP_SIZE_DEFAULT;
    }
    if (write_packet(action, query, plan, out) != 0) {
        return -1;
    }
    return !plan->tcp && out->size > limit ? write_truncated(query, plan, out) : 0;
}

/* Another action takes the place of the script's. */
static void replace(struct plan *plan, enum dns_action_kind kind, ldns_pkt_rcode rcode)
{
    plan->instead = (struct dns_action){.kind = kind, .rcode = rcode};
    plan->action = &plan->instead;
}

/* The same for the same seed, type and number, whoever asks; otherwise by chance. */
static bool is_lost(const struct dns_modifier *modifier, ldns_rr_type type, unsigned nth)
{
    uint64_t mixed =
        modifier->seed * UINT64_C(0x9e3779b97f4a7c15) + type * UINT64_C(0xbf58476d1ce4e5b9) + nth;

    /* The finaliser of splitmix64. */
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    mixed ^= mixed >> 31;
    return mixed % 100 < modifier->number;
}

static void apply_modifiers(const struct dns_action *action, const ldns_pkt *query,
                            const struct dns_asked *asked, struct plan *plan, struct dns_reply *out)
{
    const ldns_rr_type type = ldns_rr_get_type(question_of(query));

    for (size_t i = 0; i < action->modifier_count && !plan->truncate; i++) {
        const struct dns_modifier *modifier = &action->modifiers[i];

        switch (modifier->kind) {
        case DNS_MODIFIER_DELAY:
            out->delay_ms += modifier->number;
            break;
        case DNS_MODIFIER_REVERSE:
            plan->reverse = true;
            break;
        case DNS_MODIFIER_UPPER:
            plan->upper = true;
            break;
        case DNS_MODIFIER_NO_QUESTION:
            plan->no_question = true;
            break;
        case DNS_MODIFIER_TCP_ONLY:
            if (!plan->tcp) {
                replace(plan, DNS_ACTION_DROP, LDNS_RCODE_NOERROR);
            }
            break;
        case DNS_MODIFIER_FORMERR_EDNS:
            if (ldns_pkt_edns(query)) {
                replace(plan, DNS_ACTION_RCODE, LDNS_RCODE_FORMERR);
                plan->no_edns = true;
            }
            break;
        case DNS_MODIFIER_OTHERS:
            if (type != LDNS_RR_TYPE_A) {
                replace(plan, modifier->base, modifier->rcode);
            }
            break;
        case DNS_MODIFIER_LOSE:
            if (!plan->tcp && is_lost(modifier, type, asked->nth)) {
                replace(plan, DNS_ACTION_DROP, LDNS_RCODE_NOERROR);
            }
            break;
        case DNS_MODIFIER_LIMIT:
            out->limit = modifier->number;
            break;
        case DNS_MODIFIER_TRUNCATE:
            plan->truncate = !plan->tcp;
            break;
        case DNS_MODIFIER_WRONG_ID:
            plan->wrong_id = true;
            break;
        case DNS_MODIFIER_WRONG_QUESTION:
            plan->wrong_question = true;
            break;
        case DNS_MODIFIER_POISON:
            plan->poison = true;
            break;
        case DNS_MODIFIER_WRONG_SOURCE:
            out->wrong_source = true;
            break;
        case DNS_MODIFIER_DRIBBLE:
            out->dribble_ms = modifier->number;
            break;
        }
    }
}

static int write_reply(const ldns_pkt *query, const struct plan *plan, struct dns_reply *out)
{
    const struct dns_action *action = plan->action;

    if (plan->truncate) {
        return write_truncated(query, plan, out);
    }
    switch (action->kind) {
    case DNS_ACTION_DROP:
        out->kind = DNS_REPLY_NONE;
        return 0;
    case DNS_ACTION_TRUNCATE_REFUSE:
    case DNS_ACTION_TRUNCATE_HANG:
        if (!plan->tcp) {
            return write_truncated(query, plan, out);
        }
        out->kind = action->kind == DNS_ACTION_TRUNCATE_REFUSE ? DNS_REPLY_RESET : DNS_REPLY_NONE;
        return 0;
    case DNS_ACTION_EMPTY:
        return 0;
    case DNS_ACTION_GARBAGE:
        return write_garbage(query, out);
    case DNS_ACTION_GARBAGE_ANSWER:
        return write_garbage_answer(query, plan, out);
    case DNS_ACTION_RCODE:
    case DNS_ACTION_ANSWER:
    case DNS_ACTION_ROTATE:
    case DNS_ACTION_CNAME:
    case DNS_ACTION_CNAME_LOOP:
    case DNS_ACTION_FOREIGN:
    case DNS_ACTION_LAME:
        break;
    }
    return write_answer(action, query, plan, out);
}

int dns_reply_make(const struct dns_action *action, const ldns_pkt *query,
                   const struct dns_asked *asked, struct dns_reply *out)
{
    struct plan plan = {.action = action, .tcp = asked->tcp, .turn = asked->turn};

    memset(out, 0, sizeof(*out));
    apply_modifiers(action, query, asked, &plan, out);
    if (write_reply(query, &plan, out) != 0) {
        dns_reply_clear(out);
        return -1;
    }
    if (plan.wrong_id && out->size >= 2) {
        out->bytes[0] ^= 0xff;
        out->bytes[1] ^= 0xff;
    }
    return 0;
}

void dns_reply_clear(struct dns_reply *reply)
{
    free(reply->bytes);
    memset(reply, 0, sizeof(*reply));
}
