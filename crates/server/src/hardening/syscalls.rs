//! System calls that a role never makes answer EPERM (seccomp), so that a foothold cannot run programs, read other
//! processes, load code into the kernel, or leave by a door that landlock does not watch.
//!
//! A list of what is refused, not of what is allowed: the runtime, the allocator and libc choose their calls by
//! kernel, and a forgotten one would end a customer's service on the next upgrade. The numbers of the x32
//! interface are not listed: kernels of distributions refuse that interface altogether.
//! Must not know: files and ports.

use super::{
    report::{HardeningReport, Measure, State},
    room::Room,
};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter_all_threads,
};
use std::collections::BTreeMap;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;
type Refused = Box<dyn std::error::Error>;

/// Running another program. Threads are unaffected.
const PROGRAMS: [i64; 2] = [libc::SYS_execve, libc::SYS_execveat];

/// Looking into other processes, changing the machine, and interfaces with a history of escapes.
const NEVER: &[i64] = &[
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_reboot,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_open_by_handle_at,
    libc::SYS_personality,
    // a ring carries calls past this filter
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
];

/// For the keeper: no programs, no looking into others.
pub(super) fn refuse_for_keeper(report: &mut HardeningReport) {
    tell(apply(common()), report);
}

/// For the web role: also no way to the network besides what landlock watches.
pub(super) fn refuse_for_web(room: &Room, report: &mut HardeningReport) {
    let applied = sockets(room).and_then(|sockets| {
        let mut rules = common()?;
        rules.extend(sockets);
        apply(Ok(rules))
    });
    let network = match (&applied, room.tcp_ports.is_empty(), room.resolves_names) {
        (Err(_), ..) => (State::Not, "seccomp failed"),
        (Ok(()), true, _) => (State::Active, "no socket but local ones can be made"),
        (Ok(()), false, false) => (
            State::Active,
            "TCP only: no UDP, no raw sockets, no MPTCP, no Fast Open",
        ),
        (Ok(()), false, true) => (
            State::Partly,
            "UDP stays open, because the database's host is a name that must be looked up; an address in database.urls closes it",
        ),
    };
    tell(applied, report);
    report.add(Measure::OtherNetwork, network.0, network.1);
}

fn tell(applied: Result<(), Refused>, report: &mut HardeningReport) {
    match applied {
        Ok(()) => {
            report.add(Measure::Programs, State::Active, "execve answers EPERM");
            report.add(
                Measure::SystemCalls,
                State::Active,
                format!("{} further calls answer EPERM", NEVER.len()),
            );
        }
        Err(cause) => {
            for measure in [Measure::Programs, Measure::SystemCalls] {
                report.add(measure, State::Not, format!("seccomp failed: {cause}"));
            }
        }
    }
}

fn common() -> Result<Rules, Refused> {
    let mut rules: Rules = PROGRAMS
        .iter()
        .chain(NEVER)
        .map(|call| (*call, Vec::new()))
        .collect();
    // A new namespace would bring the rights of an administrator inside it.
    let namespaces = [
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWNS,
        libc::CLONE_NEWNET,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWUTS,
        libc::CLONE_NEWCGROUP,
    ];
    let mut clones = Vec::new();
    for flag in namespaces {
        clones.push(has_bits(0, u64::from(flag.cast_unsigned()))?);
    }
    rules.insert(libc::SYS_clone, clones);
    Ok(rules)
}

/// Which sockets are refused.
fn sockets(room: &Room) -> Result<Rules, Refused> {
    let not_local = |more: Vec<SeccompCondition>| {
        let mut conditions = vec![compare(0, SeccompCmpOp::Ne, libc::AF_UNIX)?];
        conditions.extend(more);
        Ok::<_, Refused>(SeccompRule::new(conditions)?)
    };
    if room.tcp_ports.is_empty() {
        return Ok(Rules::from([(
            libc::SYS_socket,
            vec![not_local(Vec::new())?],
        )]));
    }
    let mut refused = vec![not_local(vec![
        compare(0, SeccompCmpOp::Ne, libc::AF_INET)?,
        compare(0, SeccompCmpOp::Ne, libc::AF_INET6)?,
    ])?];
    // The kind shares its argument with two flags; kinds take the four low bits (include/linux/net.h).
    for kind in 0..=0xf {
        let allowed =
            kind == libc::SOCK_STREAM || (kind == libc::SOCK_DGRAM && room.resolves_names);
        if !allowed {
            let kind = SeccompCondition::new(
                1,
                SeccompCmpArgLen::Dword,
                SeccompCmpOp::MaskedEq(0xf),
                u64::from(kind.cast_unsigned()),
            )?;
            refused.push(not_local(vec![kind])?);
        }
    }
    // MPTCP and SCTP are streams too, and landlock watches TCP only.
    let mut protocol = vec![
        compare(2, SeccompCmpOp::Ne, 0)?,
        compare(2, SeccompCmpOp::Ne, libc::IPPROTO_TCP)?,
    ];
    if room.resolves_names {
        protocol.push(compare(2, SeccompCmpOp::Ne, libc::IPPROTO_UDP)?);
    }
    refused.push(not_local(protocol)?);
    // Fast Open connects without connect(2).
    let fast_open = u64::from(libc::MSG_FASTOPEN.cast_unsigned());
    Ok(Rules::from([
        (libc::SYS_socket, refused),
        (libc::SYS_sendto, vec![has_bits(3, fast_open)?]),
        (libc::SYS_sendmsg, vec![has_bits(2, fast_open)?]),
        (libc::SYS_sendmmsg, vec![has_bits(3, fast_open)?]),
    ]))
}

fn compare(argument: u8, how: SeccompCmpOp, value: i32) -> Result<SeccompCondition, Refused> {
    let value = u64::from(value.cast_unsigned());
    Ok(SeccompCondition::new(
        argument,
        SeccompCmpArgLen::Dword,
        how,
        value,
    )?)
}

fn has_bits(argument: u8, bits: u64) -> Result<SeccompRule, Refused> {
    let set = SeccompCondition::new(
        argument,
        SeccompCmpArgLen::Dword,
        SeccompCmpOp::MaskedEq(bits),
        bits,
    )?;
    Ok(SeccompRule::new(vec![set])?)
}

fn apply(rules: Result<Rules, Refused>) -> Result<(), Refused> {
    install(rules?, libc::EPERM)?;
    // What clone3 asks for lies behind a pointer that a filter cannot follow; libc takes clone instead when the
    // kernel seems not to know it.
    install(Rules::from([(libc::SYS_clone3, Vec::new())]), libc::ENOSYS)
}

fn install(rules: Rules, answer: i32) -> Result<(), Refused> {
    let filter: BpfProgram = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(answer.cast_unsigned()),
        std::env::consts::ARCH.try_into()?,
    )?
    .try_into()?;
    Ok(apply_filter_all_threads(&filter)?)
}
