package scrape

// CRC-32 is the remainder of a polynomial over GF(2), so that of two joined
// strings follows from those of the parts:
//
//	crc(ab) = crc(a)·x^(8·len(b)) + crc(b)    mod P
//
// Polynomials are written as in hash/crc32's IEEE table, lowest power in the
// highest bit: 1 is 1<<31 and x^8 is 1<<23.
const (
	crcPolynomial = 0xedb88320 // crc32.IEEE
	crcOne        = 1 << 31
	crcByte       = 1 << 23
)

// crcShift returns x^(8n) mod P, by which the CRC of what stands before n bytes is
// multiplied.
func crcShift(n int) uint32 {
	product := uint32(crcOne)
	for power := uint32(crcByte); n > 0; n >>= 1 {
		if n&1 != 0 {
			product = crcMultiply(product, power)
		}
		power = crcMultiply(power, power)
	}
	return product
}

// crcMultiply returns a·b mod P.
func crcMultiply(a, b uint32) uint32 {
	var product uint32
	for ; a != 0; a <<= 1 {
		if a&crcOne != 0 {
			product ^= b
		}
		carry := b & 1
		b = b>>1 ^ -carry&crcPolynomial // times x
	}
	return product
}

// crcJoin returns the CRC of a string that is joined of two, from both CRCs and
// the crcShift of the second one's length.
func crcJoin(a, b, shift uint32) uint32 { return crcMultiply(a, shift) ^ b }
