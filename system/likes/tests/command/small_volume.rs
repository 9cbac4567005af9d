//! A volume that is nearly full, and one that is full, with the real binary on real files.
//!
//! It needs the right to mount a volume in memory, and does nothing without.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::Command,
    time::Duration,
};

use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::{common::client::Client, run::Running};

/// Three logs of 16 MB do not fit. The data of the likes below takes a tenth of it.
const VOLUME: &str = "size=24m";
const CLIENTS: i64 = 4;
const LIKES_PER_CLIENT: i64 = 400;
/// The number of attempts at a like, 50 ms apart.
const ATTEMPTS_MAX: u32 = 600;

/// A volume in memory. Dropping it unmounts it.
struct Volume(TempDir);

impl Volume {
    /// `None` without the right to mount one.
    fn mount() -> Option<Self> {
        let folder = TempDir::new().expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", VOLUME, "likewise-test"]);
        let mounted = mount.arg(folder.path()).output().ok()?;
        mounted.status.success().then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Fills what is left with a file.
    fn fill(&self) -> std::path::PathBuf {
        let path = self.path().join("ballast");
        let mut file = File::create(&path).expect("a file");
        while file.write_all(&[0; 4096]).is_ok() {}
        path
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

fn start(volume: &Volume) -> Running {
    let data = volume.path().join("data");
    let data = data.to_str().expect("a path");
    let mut arguments = vec!["serve", "--listen", "127.0.0.1:0", "--data", data];
    arguments.extend(["--answer-timeout", "3s", "--acquire-timeout", "1s"]);
    Running::start(volume.path(), &arguments)
}

#[tokio::test(flavor = "multi_thread")]
async fn three_logs_do_not_fill_a_small_volume_for_good() {
    let Some(volume) = Volume::mount() else {
        eprintln!("left out: no right to mount a volume");
        return;
    };
    let running = start(&volume);
    let client = Client::new(running.address());
    let article = client.article("An article").await;
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let client = client.clone();
        clients.spawn(async move {
            for user in 1..=LIKES_PER_CLIENT {
                let reply = client.like(article, number * LIKES_PER_CLIENT + user).await;
                assert_eq!(reply.status, 200, "like {user}: {reply:?}");
            }
        });
    }
    while let Some(done) = clients.join_next().await {
        done.expect("every like succeeds");
    }
    assert_eq!(client.likes(article).await, CLIENTS * LIKES_PER_CLIENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_volume_refuses_likes_and_goes_on_when_there_is_room_again() {
    let Some(volume) = Volume::mount() else {
        eprintln!("left out: no right to mount a volume");
        return;
    };
    let running = start(&volume);
    let client = Client::new(running.address());
    let article = client.article("An article").await;
    assert_eq!(client.like(article, 1).await.status, 200);
    let ballast = volume.fill();
    let mut user = 1;
    let refused = loop {
        user += 1;
        let reply = client.like(article, user).await;
        if reply.status != 200 {
            break reply;
        }
    };
    assert_eq!(refused.status, 503, "{refused:?}");
    // Reads need no room.
    let count = client.likes(article).await;
    assert!(count >= user - 1, "{count}");
    fs::remove_file(ballast).expect("the ballast");
    for attempt in 0.. {
        let reply = client.put(&format!("/v1/articles/{article}/likes/me"));
        let reply = reply.user(user).send().await;
        if reply.status == 200 {
            break;
        }
        assert!(attempt < ATTEMPTS_MAX, "it stays stuck: {reply:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
