// The first program that needs the crate core: Option and an iterator from its prelude.
#![no_std]

#[no_mangle]
pub extern "C" fn first(list: &[u8]) -> i32 {
    let found: Option<&u8> = list.iter().next();
    match found {
        Some(byte) => *byte as i32,
        None => -1,
    }
}
