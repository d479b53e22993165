//! Metrics of the process itself, read from Linux' `/proc` under the names that Prometheus' client libraries agree on. On a
//! system without `/proc` they stay at zero.

use std::fs;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus::{Counter, Gauge, IntGauge, Registry};

#[derive(Debug, Clone)]
pub(super) struct Process {
    resident_memory: IntGauge,
    open_files: IntGauge,
    start_time: Gauge,
    uptime: Gauge,
    /// Under a lock, because a counter can only be raised by the difference.
    processor_time: Arc<Mutex<Counter>>,
}

impl Process {
    pub(super) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let processor_time = Counter::new(
            "process_cpu_seconds_total",
            "User and system processor time, seconds.",
        )?;
        let process = Self {
            resident_memory: IntGauge::new(
                "process_resident_memory_bytes",
                "Resident memory, bytes.",
            )?,
            open_files: IntGauge::new("process_open_fds", "Open file descriptors.")?,
            start_time: Gauge::new(
                "process_start_time_seconds",
                "Start of the process, seconds since 1970 UTC.",
            )?,
            uptime: Gauge::new(
                "process_uptime_seconds",
                "Time since the start of the process, seconds.",
            )?,
            processor_time: Arc::new(Mutex::new(processor_time.clone())),
        };
        registry.register(Box::new(processor_time))?;
        for gauge in [&process.resident_memory, &process.open_files] {
            registry.register(Box::new(gauge.clone()))?;
        }
        for gauge in [&process.start_time, &process.uptime] {
            registry.register(Box::new(gauge.clone()))?;
        }
        Ok(process)
    }

    /// Reads the present values. What cannot be read keeps its last value.
    pub(super) fn refresh(&self) {
        if let Some(bytes) = read("/proc/self/status")
            .as_deref()
            .and_then(resident_bytes)
        {
            self.resident_memory.set(bytes);
        }
        if let Ok(entries) = fs::read_dir("/proc/self/fd") {
            // One of them is the listing itself.
            self.open_files
                .set(i64::try_from(entries.count()).unwrap_or(i64::MAX) - 1);
        }
        if let Some(times) = times() {
            self.uptime.set(times.uptime);
            self.start_time.set(times.start);
            let counter = self
                .processor_time
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            counter.inc_by((times.processor - counter.get()).max(0.0));
        }
    }
}

/// Seconds.
#[derive(Debug, PartialEq)]
struct Times {
    start: f64,
    uptime: f64,
    processor: f64,
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

fn times() -> Option<Times> {
    let ticks = fs::read("/proc/self/auxv")
        .ok()
        .and_then(|auxv| ticks_per_second(&auxv))?;
    process_times(
        &read("/proc/self/stat")?,
        &read("/proc/uptime")?,
        &read("/proc/stat")?,
        ticks,
    )
}

/// `VmRSS` of proc_pid_status(5), which the kernel gives in units of 1,024 bytes whatever the page size.
fn resident_bytes(status: &str) -> Option<i64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// Fields 14 (utime), 15 (stime) and 22 (starttime) of proc_pid_stat(5), which are clock ticks. The second field is the name
/// of the program in parentheses and may hold anything, so counting begins behind the last parenthesis.
fn process_times(stat: &str, uptime: &str, system: &str, ticks: f64) -> Option<Times> {
    let (_, behind) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = behind.split_whitespace().collect();
    let seconds =
        |field: usize| -> Option<f64> { Some(fields.get(field - 3)?.parse::<f64>().ok()? / ticks) };
    let since_boot = seconds(22)?;
    let machine: f64 = uptime.split_whitespace().next()?.parse().ok()?;
    let boot: f64 = system
        .lines()
        .find_map(|line| line.strip_prefix("btime "))?
        .trim()
        .parse()
        .ok()?;
    Some(Times {
        start: boot + since_boot,
        uptime: (machine - since_boot).max(0.0),
        processor: seconds(14)? + seconds(15)?,
    })
}

/// Entry 17 (`AT_CLKTCK`, see getauxval(3)) of the auxiliary vector: pairs of machine words, a kind and a value.
fn ticks_per_second(auxv: &[u8]) -> Option<f64> {
    const WORD: usize = size_of::<usize>();
    let word = |bytes: &[u8]| bytes.try_into().ok().map(usize::from_ne_bytes);
    let pair = auxv
        .chunks_exact(2 * WORD)
        .map(|pair| pair.split_at(WORD))
        .find(|(kind, _)| word(kind) == Some(17))?;
    u32::try_from(word(pair.1)?)
        .ok()
        .filter(|ticks| *ticks > 0)
        .map(f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_bytes() {
        assert_eq!(
            resident_bytes("Name:\tx\nVmRSS:\t    2048 kB\nThreads:\t1\n"),
            Some(2_097_152)
        );
        assert_eq!(
            resident_bytes("Name:\tx\n"),
            None,
            "a kernel thread has none"
        );
    }

    #[test]
    fn times_are_read_behind_a_name_that_looks_like_fields() {
        let stat = "7 (re 1) lect) S 1 7 7 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 9 0 30000 1 1";
        let times = process_times(stat, "1000.50 3.0\n", "cpu 1\nbtime 1800000000\n", 100.0);
        assert_eq!(
            times,
            Some(Times {
                start: 1_800_000_300.0,
                uptime: 700.5,
                processor: 2.0
            })
        );
        assert_eq!(process_times("7 (x) S 1", "1 1", "btime 1", 100.0), None);
    }

    #[test]
    fn this_process_has_memory_files_and_a_start() {
        let registry = Registry::new();
        let process = Process::register(&registry).unwrap();
        process.refresh();
        assert!(process.resident_memory.get() > 1 << 20);
        assert!(process.open_files.get() >= 3);
        assert!(process.start_time.get() > 1_700_000_000.0);
        assert!(process.uptime.get() < 86_400.0);
        let before = process.processor_time.lock().unwrap().get();
        process.refresh();
        assert!(process.processor_time.lock().unwrap().get() >= before);
    }
}
