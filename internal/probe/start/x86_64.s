.text
.globl _start
.globl probe_write
.globl probe_exit
_start:
    xor ebp, ebp
    and rsp, -16
    call probe_main
probe_write:
    mov eax, 1
    syscall
    ret
probe_exit:
    mov eax, 231
    syscall
