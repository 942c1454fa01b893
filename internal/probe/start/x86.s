.text
.globl _start
.globl probe_write
.globl probe_exit
_start:
    xor ebp, ebp
    and esp, -16
    call probe_main
probe_write:
    push ebx
    mov ebx, [esp + 8]
    mov ecx, [esp + 12]
    mov edx, [esp + 16]
    mov eax, 4
    int 0x80
    pop ebx
    ret
probe_exit:
    mov ebx, [esp + 4]
    mov eax, 252
    int 0x80
