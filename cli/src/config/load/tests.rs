//! Tests of the layers, on a small program. The environment is that of the test, so its layers are tested with the real binary.

use std::fs;

use clap::{Arg, ArgAction};

use super::{
    super::value::{Origin, Value},
    *,
};

const RULES: ConfigRules = ConfigRules {
    keys_of: "serve",
    commands: &[&["serve"], &["config", "show"]],
    variable: "CONFIG_TEST_FILE",
};

fn options_of_serve(command: Command) -> Command {
    let size = Arg::new("size")
        .long("pool-size")
        .alias("pool")
        .value_parser(clap::value_parser!(u32).range(1..=100))
        .default_value("20");
    let password = Arg::new("db")
        .long("db")
        .hide_env_values(true)
        .env("CONFIG_TEST_DB");
    let lease = Arg::new("lease").long("lease").requires("advertise");
    let switch = Arg::new("dry").long("dry").action(ArgAction::SetTrue);
    let peers = Arg::new("peers")
        .long("peers")
        .value_delimiter(',')
        .action(ArgAction::Append);
    let folder = Arg::new("data")
        .long("data")
        .help("The folder [default: ./data]");
    command
        .args([size, password, lease, switch, peers, folder])
        .arg(Arg::new("advertise").long("advertise"))
}

fn program() -> Command {
    let user = Command::new("user").arg(Arg::new("user_db").long("user-db").required(true));
    let serve = options_of_serve(Command::new("serve")).subcommand(user);
    let json = Arg::new("json").long("json").action(ArgAction::SetTrue);
    let show = options_of_serve(Command::new("show")).arg(json);
    let config = Command::new("config").subcommand(show);
    let other = Command::new("other").arg(Arg::new("x").long("x"));
    RULES.add_to(Command::new("program").subcommands([serve, config, other]))
}

/// Loads a command line whose `FILE` is a file with this text, in a folder with a file `secret`.
fn loaded(line: &str, text: &str) -> Result<Loaded, String> {
    let folder = tempfile::TempDir::new().unwrap();
    let (path, secret) = (folder.path().join("a.toml"), folder.path().join("secret"));
    let secret_path = secret.display().to_string();
    fs::write(&path, text.replace("SECRET", &secret_path)).unwrap();
    fs::write(&secret, "postgres://me:pw@h/x\n").unwrap();
    let line = line.replace("FILE", &path.display().to_string());
    let words = line.replace("SECRET", &secret_path);
    let words = words.split_whitespace().map(OsString::from);
    let words = std::iter::once(OsString::from("program")).chain(words);
    let folder = format!("{}/", folder.path().display());
    load(&program(), &RULES, words).map_err(|error| match error {
        LoadError::Usage(error, note) => format!("{error}{note}"),
        LoadError::Mistakes(mistakes) => {
            let lines = mistakes
                .iter()
                .map(|it| it.to_string().replace(&folder, ""));
            lines.collect::<Vec<_>>().join("\n")
        }
    })
}

fn value(loaded: &Loaded, option: &str) -> Value {
    loaded.config.get(option).unwrap().clone()
}

#[test]
fn the_file_comes_after_the_flags_and_before_the_defaults() {
    let none = loaded("serve", "").unwrap();
    assert_eq!(value(&none, "pool-size").origin, Origin::Default);
    assert_eq!(value(&none, "pool-size").text.as_deref(), Some("20"));
    assert_eq!(value(&none, "data").default.as_deref(), Some("./data"));
    let file = loaded("serve --config FILE", "\npool-size = 7").unwrap();
    let size = |loaded: &Loaded| {
        let (_, serve) = loaded.matches.subcommand().unwrap();
        *serve.get_one::<u32>("size").unwrap()
    };
    assert_eq!(size(&file), 7);
    let Origin::File(place) = value(&file, "pool-size").origin else {
        panic!("not of the file");
    };
    assert_eq!((place.line, place.column), (2, 1));
    let flag = loaded("serve --pool-size 9 --config FILE", "pool-size = 7").unwrap();
    assert_eq!(size(&flag), 9);
    assert_eq!(
        value(&flag, "pool-size").origin,
        Origin::Flag("pool-size".to_owned())
    );
    assert_eq!(size(&loaded("serve --config FILE", "pool = 8").unwrap()), 8);
}

#[test]
fn a_section_is_for_one_subcommand_and_comes_first() {
    let text = "user-db = \"a\"\nlease = \"2s\"\n[user]\nuser-db = \"b\"";
    let user = loaded("serve user --config FILE", text).unwrap();
    assert_eq!(value(&user, "user-db").text.as_deref(), Some("b"));
    let unused: Vec<_> = user
        .config
        .unused
        .iter()
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(unused, ["lease"]);
    let all = loaded("config show --config FILE", "[user]\nuser-db = \"b\"").unwrap();
    assert_eq!(all.config.unused[0].0, "user.user-db");
    assert_eq!(all.config.get("json"), None, "it is no key");
    assert!(loaded("config show --config FILE", "json = true").is_err());
}

#[test]
fn every_wrong_key_and_value_is_named_with_its_place() {
    let text = "pool_size = 1\nlease = [\"1s\"]\npool-size = 0\ndry = \"yes\"\nxyzzy = 1\n[usr]\na = 1\n[user]\nlease = \"1s\"\nuser-bd = \"x\"";
    let found = loaded("serve --config FILE", text).unwrap_err();
    let expected = [
        "a.toml:1:1: unknown key 'pool_size'; did you mean 'pool-size'?",
        "a.toml:2:9: lease: give one value, not an array",
        "a.toml:3:13: invalid value '0' for '--pool-size <pool-size>': 0 is not in 1..=100",
        "a.toml:4:7: dry: give true or false",
        "a.toml:5:1: unknown key 'xyzzy'; the keys are the options without their dashes",
        "a.toml:6:2: unknown section 'usr'; did you mean 'user'?",
        "a.toml:9:1: 'lease' is not a key of the section [user]",
        "a.toml:10:1: unknown key 'user-bd'; did you mean 'user-db'?",
    ];
    assert_eq!(found.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn what_an_option_requires_may_stand_in_another_layer() {
    let refused = loaded("serve --config FILE", "lease = \"2s\"").unwrap_err();
    assert!(refused.contains("--advertise"), "{refused}");
    assert!(
        refused.contains("--lease is from") && refused.contains("a.toml:1:1"),
        "{refused}"
    );
    loaded("serve --lease 2s --config FILE", "advertise = \"a\"").unwrap();
    let switch = loaded("serve --config FILE", "dry = true\npeers = [\"a\", \"b\"]").unwrap();
    let (_, serve) = switch.matches.subcommand().unwrap();
    assert!(serve.get_flag("dry"));
    let peers: Vec<_> = serve.get_many::<String>("peers").unwrap().collect();
    assert_eq!(peers, ["a", "b"]);
}

#[test]
fn a_secret_may_stand_in_a_file() {
    for (line, text) in [
        ("serve --db-file SECRET", ""),
        ("serve --config FILE", "db-file = \"SECRET\""),
        ("serve --db-file SECRET --config FILE", "db = \"other\""),
    ] {
        let found = loaded(line, text).unwrap();
        let (_, serve) = found.matches.subcommand().unwrap();
        let db = serve.get_one::<String>("db").map(String::as_str);
        assert_eq!(db, Some("postgres://me:pw@h/x"), "{line}");
        assert!(value(&found, "db").is_secret);
    }
    for (line, text, message) in [
        (
            "serve --db x --db-file SECRET",
            "",
            "give either --db or --db-file, not both",
        ),
        (
            "serve --config FILE",
            "db = \"x\"\ndb-file = \"SECRET\"",
            "a.toml:1:1: give either db or db-file, not both",
        ),
        (
            "serve --db-file no-such-file",
            "",
            "the file no-such-file with the secret cannot be read",
        ),
        (
            "serve --config FILE",
            "db-file = \"no\"",
            "a.toml:1:11: the file no with the secret cannot be read",
        ),
    ] {
        let refused = loaded(line, text).unwrap_err();
        assert!(refused.contains(message), "{line}: {refused}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    let missing = loaded("serve --config nowhere.toml", "").unwrap_err();
    assert!(
        missing.contains("nowhere.toml: the configuration file cannot be read"),
        "{missing}"
    );
    let folder = loaded("serve --config .", "").unwrap_err();
    assert!(folder.contains("not a regular file"), "{folder}");
}

#[test]
fn a_command_without_a_file_is_parsed_as_before() {
    let other = loaded("other --x 1", "").unwrap();
    assert!(other.config.values.is_empty());
    assert!(loaded("other --config FILE", "").is_err());
}
