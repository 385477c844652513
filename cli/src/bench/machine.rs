//! What the system tells about the CPU and about this process; where it doesn't, that is said.

use std::fs;

/// The CPU's name, where the system is Linux and says it.
pub fn cpu() -> Option<String> {
    value(&fs::read_to_string("/proc/cpuinfo").ok()?, "model name").map(str::to_owned)
}

/// Memory that this process holds, in bytes, where the system is Linux.
pub fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes: u64 = value(&status, "VmRSS")?
        .strip_suffix("kB")?
        .trim()
        .parse()
        .ok()?;
    Some(kibibytes << 10)
}

/// What stands behind the first `key` and its colon.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == key).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_its_whole_key() {
        let text = "model\t\t: 17\nmodel name\t: A CPU: fast\nVmRSS:\t  1234 kB\n";
        assert_eq!(value(text, "model name"), Some("A CPU: fast"));
        assert_eq!(value(text, "VmRSS"), Some("1234 kB"));
        assert_eq!(value(text, "VmHWM"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_holds_some_memory() {
        let before = resident_bytes().expect("Linux tells");
        let taken = vec![1_u8; 64 << 20];
        let after = resident_bytes().expect("Linux tells");
        assert!(after > before + (32 << 20), "{before}, then {after}");
        assert_eq!(taken[taken.len() / 2], 1);
    }
}
