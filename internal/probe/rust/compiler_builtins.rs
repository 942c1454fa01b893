// Functions that compilers call by name and that no library provides here: copying and comparing memory, and arithmetic
// that a 32-bit machine has no instruction for. The names are those of libgcc and of Arm's run-time ABI.
#![feature(compiler_builtins, linkage)]
#![compiler_builtins]
#![no_builtins]
#![no_std]
#![allow(internal_features, stable_features)]

#[no_mangle]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, n: usize) -> *mut u8 {
    let mut i = 0;
    while i < n {
        *to.add(i) = *from.add(i);
        i += 1;
    }
    to
}

#[no_mangle]
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, n: usize) -> *mut u8 {
    if (to as usize) <= from as usize {
        return memcpy(to, from, n);
    }
    let mut i = n;
    while i > 0 {
        i -= 1;
        *to.add(i) = *from.add(i);
    }
    to
}

#[no_mangle]
pub unsafe extern "C" fn memset(to: *mut u8, byte: i32, n: usize) -> *mut u8 {
    let mut i = 0;
    while i < n {
        *to.add(i) = byte as u8;
        i += 1;
    }
    to
}

#[no_mangle]
pub unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
    let mut i = 0;
    while i < n {
        let (x, y) = (*a.add(i), *b.add(i));
        if x != y {
            return x as i32 - y as i32;
        }
        i += 1;
    }
    0
}

#[no_mangle]
pub unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
    memcmp(a, b, n)
}

// Quotient and remainder, bit by bit.
macro_rules! division {
    ($divide:ident $div:ident $rem:ident $int:ty) => {
        const fn $divide(a: $int, b: $int) -> ($int, $int) {
            let (mut q, mut r, mut i) = (0, 0, <$int>::BITS);
            while i > 0 {
                i -= 1;
                let carry = r >> (<$int>::BITS - 1);
                r = (r << 1) | ((a >> i) & 1);
                if carry != 0 || r >= b {
                    r = r.wrapping_sub(b);
                    q |= 1 << i;
                }
            }
            (q, r)
        }

        #[no_mangle]
        pub extern "C" fn $div(a: $int, b: $int) -> $int {
            $divide(a, b).0
        }

        #[no_mangle]
        pub extern "C" fn $rem(a: $int, b: $int) -> $int {
            $divide(a, b).1
        }
    };
}
division!(divided __udivsi3 __umodsi3 u32);
division!(divided64 __udivdi3 __umoddi3 u64);
#[cfg(target_pointer_width = "64")]
division!(divided128 __udivti3 __umodti3 u128);

#[no_mangle]
pub extern "C" fn __divsi3(a: i32, b: i32) -> i32 {
    let q = divided(a.unsigned_abs(), b.unsigned_abs()).0 as i32;
    if (a ^ b) < 0 { q.wrapping_neg() } else { q }
}

#[no_mangle]
pub extern "C" fn __modsi3(a: i32, b: i32) -> i32 {
    let r = divided(a.unsigned_abs(), b.unsigned_abs()).1 as i32;
    if a < 0 { r.wrapping_neg() } else { r }
}

#[no_mangle]
pub extern "C" fn __mulsi3(mut a: u32, mut b: u32) -> u32 {
    let mut sum = 0_u32;
    while b != 0 {
        if b & 1 != 0 {
            sum = sum.wrapping_add(a);
        }
        a <<= 1;
        b >>= 1;
    }
    sum
}

#[no_mangle]
pub extern "C" fn __clzsi2(n: u32) -> i32 {
    let mut zeros = 0;
    while zeros < 32 && n >> (31 - zeros) == 0 {
        zeros += 1;
    }
    zeros
}

#[cfg(target_arch = "hexagon")]
mod hexagon {
    #[no_mangle]
    pub extern "C" fn __hexagon_udivsi3(a: u32, b: u32) -> u32 {
        super::divided(a, b).0
    }

    #[no_mangle]
    pub extern "C" fn __hexagon_umodsi3(a: u32, b: u32) -> u32 {
        super::divided(a, b).1
    }

    #[no_mangle]
    pub extern "C" fn __hexagon_divsi3(a: i32, b: i32) -> i32 {
        super::__divsi3(a, b)
    }

    #[no_mangle]
    pub extern "C" fn __hexagon_modsi3(a: i32, b: i32) -> i32 {
        super::__modsi3(a, b)
    }

    #[no_mangle]
    pub extern "C" fn __hexagon_udivdi3(a: u64, b: u64) -> u64 {
        super::__udivdi3(a, b)
    }

    #[no_mangle]
    pub extern "C" fn __hexagon_umoddi3(a: u64, b: u64) -> u64 {
        super::__umoddi3(a, b)
    }
}

extern "C" {
    fn probe_exit(code: i32) -> !;
}

// Some code generators call this where others emit an instruction that traps.
#[no_mangle]
pub extern "C" fn abort() -> ! {
    unsafe { probe_exit(134) }
}

// Called on machines without atomic instructions. The probe has one thread, so plain accesses are enough.
#[no_mangle]
pub unsafe extern "C" fn __sync_fetch_and_add_4(at: *mut u32, n: u32) -> u32 {
    let old = at.read_volatile();
    at.write_volatile(old.wrapping_add(n));
    old
}

#[no_mangle]
pub unsafe extern "C" fn __sync_val_compare_and_swap_4(at: *mut u32, old: u32, new: u32) -> u32 {
    let found = at.read_volatile();
    if found == old {
        at.write_volatile(new);
    }
    found
}

#[no_mangle]
pub unsafe extern "C" fn __sync_lock_test_and_set_4(at: *mut u32, new: u32) -> u32 {
    let old = at.read_volatile();
    at.write_volatile(new);
    old
}

#[no_mangle]
pub extern "C" fn __sync_synchronize() {}

#[cfg(target_arch = "arm")]
mod aeabi {
    #[no_mangle]
    pub extern "C" fn __aeabi_uidiv(a: u32, b: u32) -> u32 {
        super::divided(a, b).0
    }

    #[no_mangle]
    pub extern "C" fn __aeabi_idiv(a: i32, b: i32) -> i32 {
        super::__divsi3(a, b)
    }

    // The ABI requires the quotient in r0 and the remainder in r1, where a u64 is returned.
    const fn pair(low: u32, high: u32) -> u64 {
        if cfg!(target_endian = "little") { low as u64 | (high as u64) << 32 } else { high as u64 | (low as u64) << 32 }
    }

    #[no_mangle]
    pub extern "C" fn __aeabi_uidivmod(a: u32, b: u32) -> u64 {
        let (q, r) = super::divided(a, b);
        pair(q, r)
    }

    #[no_mangle]
    pub extern "C" fn __aeabi_idivmod(a: i32, b: i32) -> u64 {
        pair(super::__divsi3(a, b) as u32, super::__modsi3(a, b) as u32)
    }

    macro_rules! memory {
        ($($copy:ident $shift:ident $set:ident $clear:ident)*) => { $(
            #[no_mangle]
            pub unsafe extern "C" fn $copy(to: *mut u8, from: *const u8, n: usize) { super::memcpy(to, from, n); }
            #[no_mangle]
            pub unsafe extern "C" fn $shift(to: *mut u8, from: *const u8, n: usize) { super::memmove(to, from, n); }
            #[no_mangle]
            pub unsafe extern "C" fn $set(to: *mut u8, n: usize, byte: i32) { super::memset(to, byte, n); }
            #[no_mangle]
            pub unsafe extern "C" fn $clear(to: *mut u8, n: usize) { super::memset(to, 0, n); }
        )* };
    }
    memory! {
        __aeabi_memcpy __aeabi_memmove __aeabi_memset __aeabi_memclr
        __aeabi_memcpy4 __aeabi_memmove4 __aeabi_memset4 __aeabi_memclr4
        __aeabi_memcpy8 __aeabi_memmove8 __aeabi_memset8 __aeabi_memclr8
    }

    // The unwind tables refer to it, but nothing here unwinds.
    #[no_mangle]
    pub extern "C" fn __aeabi_unwind_cpp_pr0() {}
}
