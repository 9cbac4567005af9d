//! Injection: what a fault does when it is due, and which sagas it affects.
//!
//! ```text
//!  fault of one message or commit    returned to the caller, which applies it
//!  fault of a process or a link      a command to the driver, for the next step boundary
//!  fault that lasts                  active until its time is over
//! ```

use std::time::Duration;

use likewise_saga::{id::SagaId, protocol::Status};

use uuid::Uuid;

use super::{
    command::{DriverCommand, Termination},
    fired::FiredFault,
    trigger_set::DueFault,
};
use crate::{
    plan::{Fault, Host},
    process::{incarnation::Incarnation, machine::Machine},
    record::{Change, Ending, EventKind, Injection},
    state::State,
    storage::row_damage::RowDamage,
};

impl State {
    /// Injects the faults that are due at a message or commit of a process. Returns those that the caller must apply
    /// to that message or commit.
    pub(crate) fn inject_at_message(
        &mut self,
        incarnation: &Incarnation,
        sagas: &[u32],
        due: Vec<DueFault>,
    ) -> Vec<Fault> {
        let (rows, due): (Vec<DueFault>, Vec<DueFault>) = due
            .into_iter()
            .partition(|(_, fault)| matches!(fault, Fault::RefusedRow { .. }));
        for due in rows {
            // Which row it is shows just before the commit. Until then nothing has happened.
            self.triggers.not_injected(due.0);
            self.row_refusals.plan(incarnation.host, due);
        }
        let (own, world): (Vec<DueFault>, Vec<DueFault>) =
            due.into_iter().partition(|(_, fault)| fault.is_local());
        for (place, fault) in &own {
            self.note_injection(incarnation.host, *place, *fault, sagas);
        }
        for (place, fault) in world {
            let needs_saga = matches!(fault, Fault::UnreadableRow { .. });
            let is_idle = needs_saga && !self.can_inject(&fault);
            self.inject_into_world(incarnation.host, sagas, vec![(place, fault)]);
            // The process must do nothing more in this step: the command reaches it at the next one only.
            match fault {
                // Without an open saga there is no row to damage, and the process goes on.
                Fault::Crash { host, .. } | Fault::UnreadableRow { host, .. }
                    if host == incarnation.host && !is_idle =>
                {
                    incarnation.die();
                }
                Fault::PowerCut { host, .. } if host == incarnation.host => {
                    incarnation.lose_power()
                }
                _ => {}
            }
        }
        own.into_iter().map(|(_, fault)| fault).collect()
    }

    /// A transaction is about to commit these changes. Injects the refusals of rows that are due. Returns whether the database
    /// refuses one of the rows.
    pub(crate) fn refuses_row(&mut self, host: Host, changes: &[Change]) -> bool {
        for ((place, fault), item) in self.row_refusals.choose(host, changes) {
            let saga = self.number(SagaId(item.saga));
            self.triggers.injected(place);
            self.note_injection(host, place, fault, &[saga]);
            let now = self.now();
            self.active_faults.begin(place, fault, None, now);
        }
        let active = &self.active_faults;
        self.row_refusals
            .refuses(host, changes, |place| active.is_active(place))
    }

    /// Injects faults of the world: through commands to the driver, or as active faults.
    pub(crate) fn inject_into_world(&mut self, at: Host, sagas: &[u32], due: Vec<DueFault>) {
        for (place, fault) in due {
            // A fault that does nothing must not count as injected: a report would claim coverage that the run does not have.
            if !self.can_inject(&fault) {
                self.triggers.not_injected(place);
                continue;
            }
            self.note_injection(at, place, fault, sagas);
            if let Fault::UnreadableRow { host, column, .. } = fault
                && let Some(machine) = self.machines.get_mut(host)
            {
                machine.row_damage = RowDamage::Planned(column);
            }
            self.commands.extend(commands(fault));
            if let (Fault::SecondProcess { millis }, Some(host)) = (fault, self.second_coordinator)
            {
                let lasts = Duration::from_millis(millis);
                self.commands
                    .push_back(DriverCommand::StartSecond { host, lasts });
            }
            if fault.lasts().is_some() {
                let now = self.now();
                // A zombie is the coordinator that holds the log now.
                let holder = self.checker.observed().holder;
                self.active_faults.begin(place, fault, holder, now);
                self.apply_active_faults();
            }
        }
    }

    /// Whether a fault can do anything now. A process that is down cannot be crashed again.
    fn can_inject(&self, fault: &Fault) -> bool {
        let is_up = |host: &Host| self.machines.get(*host).is_some_and(|machine| machine.up);
        match fault {
            Fault::Crash { host, .. }
            | Fault::PowerCut { host, .. }
            | Fault::Restart { host, .. }
            | Fault::Pause { host, .. }
            | Fault::AcceptAndNeverAnswer { host, .. } => is_up(host),
            Fault::SecondProcess { .. } => {
                let is_gone = |machine: &Machine| {
                    let process = &machine.process;
                    !machine.up && (process.number == 0 || process.is_dead())
                };
                let second = self.second_coordinator;
                let second = second.and_then(|host| self.machines.get(host));
                second.is_some_and(is_gone)
            }
            // One row at a time: the backup holds one.
            Fault::UnreadableRow { host, .. } => {
                let is_whole = |machine: &Machine| machine.row_damage.is_none();
                let is_whole = self.machines.get(*host).is_some_and(is_whole);
                let is_alone = self.second_coordinator.is_none();
                is_up(host) && is_whole && is_alone && self.checker.observed().open_sagas() > 0
            }
            Fault::Zombie { .. } => {
                let holder = self.checker.observed().holder;
                holder.as_ref().is_some_and(is_up)
            }
            Fault::Partition { .. }
            | Fault::PartitionOneWay { .. }
            | Fault::SlowLink { .. }
            | Fault::Flap { .. }
            | Fault::Hang { .. }
            | Fault::TooManyClients { .. }
            | Fault::OutsiderLock { .. }
            | Fault::DiskFull { .. }
            | Fault::DiskError { .. }
            | Fault::Busy { .. }
            | Fault::PoolExhausted { .. }
            | Fault::Outage { .. }
            | Fault::SlowDatabase { .. }
            | Fault::ClockSkew { .. }
            | Fault::ClockDrift { .. }
            | Fault::ClockJump { .. } => true,
            _ => false,
        }
    }

    fn note_injection(&mut self, host: Host, place: usize, fault: Fault, sagas: &[u32]) {
        let now = self.now();
        self.checker.fault_fired(&fault, now);
        let what = fault.to_string();
        let event = self.note(host, EventKind::Injected { fault: place, what });
        let fired = FiredFault {
            fault: place,
            what: fault,
            place: self.triggers.class(place),
            event,
            sagas: self.sagas_affected(sagas),
        };
        self.fired.push(fired);
    }

    /// The sagas of a message. If the fault is at no message, the sagas that are open.
    fn sagas_affected(&self, sagas: &[u32]) -> Vec<Uuid> {
        if sagas.is_empty() {
            let all = self.checker.observed().sagas.iter();
            return all
                .filter(|(_, saga)| saga.is_open())
                .map(|(id, _)| *id)
                .collect();
        }
        let known = self.sagas.iter().zip(1..);
        known
            .filter(|(_, number)| sagas.contains(number))
            .map(|(saga, _)| saga.0)
            .collect()
    }

    /// Ends every active fault.
    pub(crate) fn heal(&mut self) {
        self.row_refusals.heal();
        let ended = self.active_faults.heal();
        self.note_expired(&ended);
        let now = self.now();
        self.checker.faults_ended(now);
    }

    /// A coordinator has taken the saga log over. The faults that last until then end.
    pub(crate) fn taken_over(&mut self) {
        let ended = self.active_faults.taken_over();
        self.note_expired(&ended);
    }

    /// Records that faults expired, and undoes their effect on processes and disks.
    pub(crate) fn note_expired(&mut self, ended: &[(usize, Fault)]) {
        for (fault, what) in ended {
            let (fault, what) = (*fault, what.to_string());
            self.note(Host::NETWORK, EventKind::Expired { fault, what });
        }
        if !ended.is_empty() {
            self.apply_active_faults();
        }
    }

    /// Pauses and resumes processes, and breaks and mends disks, as the active faults say.
    fn apply_active_faults(&mut self) {
        let now = self.now();
        for (host, machine) in self.machines.iter() {
            machine.disk.trouble(self.active_faults.trouble_of(*host));
            let paused = self.active_faults.is_paused(*host);
            match (paused, machine.process.is_paused()) {
                (true, false) => {
                    machine.process.pause();
                    self.checker.process_paused(*host);
                }
                (false, true) => {
                    machine.process.resume();
                    self.checker.process_resumed(*host, now);
                }
                _ => {}
            }
        }
    }

    /// The injections of the run, with the outcome of each affected saga.
    pub(crate) fn finished_injections(&mut self) -> Vec<Injection> {
        let fired = std::mem::take(&mut self.fired);
        fired
            .into_iter()
            .map(|fired| self.finished(fired))
            .collect()
    }

    fn finished(&self, fired: FiredFault) -> Injection {
        let mut endings: Vec<Ending> = fired.sagas.iter().map(|saga| self.ending(saga)).collect();
        if endings.is_empty() {
            endings.push(match self.checker.violations().is_empty() {
                true => Ending::NoSaga,
                false => Ending::Violated,
            });
        }
        Injection {
            fault: fired.fault,
            kind: fired.what.kind(),
            place: fired.place,
            event: fired.event,
            endings,
        }
    }

    /// How a saga ended. A run that violated a property counts as violated for all of its sagas: which of them caused it
    /// is not known.
    fn ending(&self, saga: &Uuid) -> Ending {
        match self.checker.observed().sagas.get(saga) {
            _ if !self.checker.violations().is_empty() => Ending::Violated,
            Some(saga) if saga.is_open() => Ending::Violated,
            Some(saga) if saga.parked => Ending::Parked,
            Some(saga) if saga.recovered => Ending::Resumed,
            Some(saga) if saga.status == Some(Status::Completed) => Ending::Committed,
            Some(_) => Ending::Compensated,
            None => Ending::NoSaga,
        }
    }
}

/// The commands to the driver that carry a fault out.
fn commands(fault: Fault) -> Vec<DriverCommand> {
    let one = match fault {
        Fault::Crash { host, down_millis }
        | Fault::UnreadableRow {
            host, down_millis, ..
        } => terminate(host, Termination::Kill, down_millis),
        Fault::PowerCut { host, down_millis } => {
            terminate(host, Termination::PowerLoss, down_millis)
        }
        Fault::Restart { host, down_millis } => terminate(host, Termination::Stop, down_millis),
        Fault::Partition { a, b, millis } => partition(a, b, false, 0, millis),
        Fault::PartitionOneWay { from, to, millis } => partition(from, to, true, 0, millis),
        Fault::Flap {
            a,
            b,
            times,
            millis,
        } => {
            // Partitions and pauses between them have the same length.
            let starts = (0..u64::from(times)).map(|partition| partition * 2 * millis);
            return starts
                .map(|after| partition(a, b, false, after, millis))
                .collect();
        }
        _ => return Vec::new(),
    };
    vec![one]
}

fn terminate(host: Host, termination: Termination, millis: u64) -> DriverCommand {
    DriverCommand::Terminate {
        host,
        termination,
        down_for: Duration::from_millis(millis),
    }
}

fn partition(a: Host, b: Host, one_way: bool, after_millis: u64, millis: u64) -> DriverCommand {
    DriverCommand::Partition {
        a,
        b,
        one_way,
        after: Duration::from_millis(after_millis),
        lasts: Duration::from_millis(millis),
    }
}
