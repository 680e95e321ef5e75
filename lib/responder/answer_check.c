/* SPDX-License-Identifier: BSD-3-Clause */
#include "answer_check.h"

#define FRAME_MIN 60

static unsigned be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

uint16_t check_sum(const uint8_t *data, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i++) {
		sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
		if (sum > 0xffff)
			sum -= 0xffff;
	}
	return ~sum;
}

uint16_t check_sum6(const uint8_t *ip)
{
	unsigned len = be16(ip + 4);

	return check_sum(ip + 8, 32 + len, (len + ip[6]) % 0xffff);
}

uint16_t check_sum4(const uint8_t *ip)
{
	unsigned hdr_len = (ip[0] & 15) * 4, len = be16(ip + 2) - hdr_len;
	uint16_t addrs = ~check_sum(ip + 12, 8, (len + ip[9]) % 0xffff);

	return check_sum(ip + hdr_len, len, addrs);
}

static const char *check_ip4(const uint8_t *ip, size_t room, size_t *len)
{
	*len = room >= 28 ? be16(ip + 2) : 0;
	if (ip[0] != 0x45 || *len < 28 || *len > room)
		return "IPv4 header";
	if (check_sum(ip, 20, 0))
		return "IPv4 checksum";
	if (ip[8] != 64 || ip[9] != 1)
		return "TTL or protocol";
	if (check_sum(ip + 20, *len - 20, 0))
		return "ICMP checksum";
	if (ip[20] != 0 && *len > 576)
		return "ICMP error of more than 576 bytes";
	return NULL;
}

static const char *check_ip6(const uint8_t *ip, size_t room, size_t *len)
{
	*len = room >= 48 ? 40 + be16(ip + 4) : 0;
	if (ip[0] >> 4 != 6 || *len < 48 || *len > room)
		return "IPv6 header";
	if (ip[6] != 58 || ip[7] != (ip[40] == 136 ? 255 : 64))
		return "next header or hop limit";
	if (check_sum6(ip))
		return "ICMPv6 checksum";
	if (ip[40] < 128 && *len > 1280)
		return "ICMPv6 error of more than 1280 bytes";
	return NULL;
}

const char *check_answer(const uint8_t *frame, size_t len, uint16_t l2_len)
{
	const uint8_t *l3 = frame + l2_len;
	const char *wrong = NULL;
	size_t l3_len;

	if (len < FRAME_MIN)
		return "shorter than a frame";
	switch (be16(l3 - 2)) {
	case 0x0806:
		l3_len = 28;
		break;
	case 0x0800:
		wrong = check_ip4(l3, len - l2_len, &l3_len);
		break;
	case 0x86dd:
		wrong = check_ip6(l3, len - l2_len, &l3_len);
		break;
	default:
		return "EtherType";
	}
	if (wrong)
		return wrong;
	if (len != (l2_len + l3_len < FRAME_MIN ? FRAME_MIN : l2_len + l3_len))
		return "length";
	for (size_t i = l2_len + l3_len; i < len; i++)
		if (frame[i])
			return "padding";
	return NULL;
}
