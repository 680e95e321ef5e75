/* SPDX-License-Identifier: BSD-3-Clause */
#include "mend.h"

#include "answer_check.h"

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static void mend_ip4(uint8_t *ip, size_t len)
{
	size_t hdr_len = (ip[0] & 15) * 4;
	size_t total = get16(ip + 2);

	if (hdr_len < 20 || hdr_len > total || total > len)
		return;
	put16(ip + 10, 0);
	put16(ip + 10, check_sum(ip, hdr_len, 0));
	if (ip[9] == 1 && total >= hdr_len + 8) {
		put16(ip + hdr_len + 2, 0);
		put16(ip + hdr_len + 2, check_sum(ip + hdr_len, total - hdr_len, 0));
	} else if (ip[9] == 17 && total >= hdr_len + 8) {
		put16(ip + hdr_len + 4, total - hdr_len);
		put16(ip + hdr_len + 6, 0);
		put16(ip + hdr_len + 6, check_sum4(ip));
	}
}

static void mend_ip6(uint8_t *ip, size_t len)
{
	size_t payload_len = get16(ip + 4);

	if (payload_len < 8 || payload_len > len - 40)
		return;
	if (ip[6] == 58) {
		put16(ip + 42, 0);
		put16(ip + 42, check_sum6(ip));
	} else if (ip[6] == 17) {
		put16(ip + 44, payload_len);
		put16(ip + 46, 0);
		put16(ip + 46, check_sum6(ip));
	}
}

static unsigned ethertype(const uint8_t *frame, size_t len, size_t l2_len)
{
	return len >= l2_len && l2_len >= 14 ? get16(frame + l2_len - 2) : 0;
}

void mend_lengths(uint8_t *frame, size_t len, size_t l2_len)
{
	unsigned type = ethertype(frame, len, l2_len);

	if (type == 0x0800 && len >= l2_len + 20)
		put16(frame + l2_len + 2, len - l2_len);
	else if (type == 0x86dd && len >= l2_len + 40)
		put16(frame + l2_len + 4, len - l2_len - 40);
}

void mend_checksums(uint8_t *frame, size_t len, size_t l2_len)
{
	unsigned type = ethertype(frame, len, l2_len);

	if (type == 0x0800 && len >= l2_len + 20)
		mend_ip4(frame + l2_len, len - l2_len);
	else if (type == 0x86dd && len >= l2_len + 40)
		mend_ip6(frame + l2_len, len - l2_len);
}
