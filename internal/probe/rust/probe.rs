// The crate that `krustup probe` builds for a target. Its output is compared with that of the same crate on the host,
// so nothing in it depends on the width of a pointer or on the byte order.
#![no_std]
#![no_main]
#![feature(asm_experimental_arch)]
#![allow(stable_features)]

use core::fmt::{self, Write};
use core::hint::black_box;

#[cfg(start)]
core::arch::global_asm!(include_str!("start.s"), options(raw));

extern "C" {
    fn probe_write(fd: i32, bytes: *const u8, count: usize) -> isize;
    fn probe_exit(code: i32) -> !;
}

struct Line {
    bytes: [u8; 512],
    len: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

fn say(args: fmt::Arguments<'_>) {
    let mut line = Line { bytes: [0; 512], len: 0 };
    if line.write_fmt(args).is_err() {
        unsafe { probe_exit(3) }
    }
    unsafe { probe_write(1, line.bytes.as_ptr(), line.len) };
}

macro_rules! say {
    ($($arg:tt)*) => { say(format_args!("{}\n", format_args!($($arg)*))) };
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    match info.location() {
        Some(l) => say!("panic: {}:{}: {}", l.file(), l.line(), info.message()),
        None => say!("panic: {}", info.message()),
    }
    unsafe { probe_exit(42) }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Region<'a> {
    name: &'a str,
    start: u32,
    parts: [u8; 3],
    next: Option<i16>,
}

trait Shape {
    fn area(&self) -> u32;
}
struct Square(u32);
struct Oblong(u32, u32);
impl Shape for Square {
    fn area(&self) -> u32 { self.0 * self.0 }
}
impl Shape for Oblong {
    fn area(&self) -> u32 { self.0 * self.1 }
}

// Without core::fmt, to distinguish an error there from an error everywhere.
fn plain() {
    let mut text = *b"plain: 00000000\n";
    let (mut left, mut at) = (black_box(2_000_000_011_u32).wrapping_mul(17), 14);
    while left > 0 {
        text[at] = b"0123456789abcdef"[(left & 15) as usize];
        left >>= 4;
        at -= 1;
    }
    unsafe { probe_write(1, text.as_ptr(), text.len()) };
}

fn arithmetic() {
    let (a, b) = (black_box(2_000_000_011_u32), black_box(-1_234_567_i32));
    say!("wrapping: {} {} {}", a.wrapping_mul(17), a.wrapping_add(a), b.wrapping_mul(b));
    say!("checked: {:?} {:?} {:?}", a.checked_add(a), a.checked_mul(3), b.checked_sub(i32::MAX));
    say!("divided: {} {} {} {}", a / black_box(77), a % black_box(77), b / black_box(-13), b.rem_euclid(black_box(100)));
    say!("bits: {} {} {:#x} {:#x}", a.leading_zeros(), a.count_ones(), a.rotate_left(9), a.swap_bytes());
    let wide = (u64::from(a) << black_box(21)) ^ (u64::from(a) >> black_box(5));
    say!("wide: {:016x} {:016x}", wide, wide.wrapping_sub(black_box(1) << 40));
    say!("small: {} {} {:?}", black_box(200_u8).saturating_add(99), black_box(-128_i8).wrapping_neg(), black_box(40_000_u16).overflowing_mul(2));
}

fn formatting() {
    say!("padded: [{:>8}] [{:<6}] [{:^7}] [{:+}] [{:05}]", black_box(42), -7, "mid", 3, -12);
    say!("radix: {:#010x} {:#b} {:o} {:X}", black_box(0xbeef_u32), 37_u8, 511_u16, 0xabcd_u32);
    say!("text: {:?} {:?} {:.3}", "tab\tquote\"\u{e9}", '\n', black_box("truncated"));
    let region = Region { name: "ram", start: 0x8000, parts: [1, 2, 255], next: Some(-3) };
    say!("debug: {:?}", black_box(&region));
    say!("pretty: {:#?}", (region.next, region.parts));
    say!("parsed: {:?} {:?} {:?}", black_box("-12345").parse::<i32>(), black_box("300").parse::<u8>().is_err(), black_box("x").parse::<u16>());
}

fn slices() {
    let mut list = [0_i32; 48];
    let mut seed = black_box(12345_u32);
    for slot in list.iter_mut() {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *slot = (seed >> 8) as i32 - 8_000_000;
    }
    list.sort_unstable();
    say!("sorted: {} {:?}", list.windows(2).all(|w| w[0] <= w[1]), &list[..4]);
    list.sort_unstable_by_key(|v| core::cmp::Reverse(v.abs() % 1000));
    say!("by key: {:?} {:?}", &list[..3], list.iter().map(|v| v % 7).max());
    let mut bytes = *b"the quick brown fox jumps over the lazy dog";
    bytes.copy_within(4..9, 20);
    bytes[..16].reverse();
    say!("bytes: {:?} {:?}", core::str::from_utf8(&bytes), bytes.iter().position(|b| *b == b'z'));
    let hash = bytes.iter().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(*b)).wrapping_mul(0x0100_0193));
    say!("hash: {:08x} {:?}", hash, "a,b,,c".split(',').map(str::len).rev().last());
    let shapes: [&dyn Shape; 3] = [&Square(black_box(5)), &Oblong(3, 9), &Square(2)];
    say!("shapes: {}", shapes.iter().map(|s| s.area()).sum::<u32>());
}

#[cfg(target_has_atomic = "32")]
fn atomics() {
    use core::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(40);
    let before = COUNT.fetch_add(2, Ordering::SeqCst);
    let lost = COUNT.compare_exchange(1, 9, Ordering::AcqRel, Ordering::Relaxed);
    let won = COUNT.compare_exchange(42, 7, Ordering::AcqRel, Ordering::Relaxed);
    say!("atomics: {} {:?} {:?} {}", before, lost, won, COUNT.swap(1, Ordering::SeqCst));
}

#[cfg(not(target_has_atomic = "32"))]
fn atomics() {
    say!("atomics: none");
}

#[no_mangle]
pub extern "C" fn probe_main() -> ! {
    plain();
    arithmetic();
    formatting();
    slices();
    atomics();
    let list = [1_u8, 2, 3, 4];
    let index = black_box(7_usize);
    say!("not reached: {}", list[index]);
    unsafe { probe_exit(4) }
}
