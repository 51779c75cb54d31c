//! Every mistake that an author can make, with the exact text that it is answered with.

use super::{SMALL, load_files, shown};

/// A scenario file `x.toml` and, as a snapshot, what is said about it.
macro_rules! mistakes {
    ($($name:ident: $text:expr;)+) => {
        $(
            #[test]
            fn $name() {
                let loaded = load_files(&[("x.toml", &$text)]);
                insta::assert_snapshot!(stringify!($name), shown(&loaded));
            }
        )+
    };
}

/// The small scenario, more keys above its first table, more parts below.
fn with(head: &str, parts: &str) -> String {
    format!("{head}{SMALL}{parts}")
}

/// A change to the small scenario.
fn but(old: &str, new: &str) -> String {
    assert!(SMALL.contains(old), "{old:?} is in the small scenario");
    SMALL.replace(old, new)
}

mistakes! {
    // TOML itself
    toml_unclosed_table: but("[page]", "[page");
    toml_unquoted_text: but("\"https://www.shop.test/\"", "https://www.shop.test/");
    toml_text_without_end: with("", "body = '''\n<p>\n");
    toml_no_value: with("max_hits =\n", "");
    toml_duplicate_key: with("title = \"u\"\n", "");
    toml_callback_twice: with("", "[callback]\nname = \"a\"\n[callback]\nname = \"b\"\n");
    toml_deep_nesting: with("", &format!("head = {}", "[".repeat(3000)));
    toml_bare_return: with("max_hits = 3\r", "");
    toml_and_others: with("tagz = []\n", "[[step]]\nrun =\n[[step]]\nclikc = 'a'\nwait = 'x'\n");
    empty_file: "";
    // keys
    unknown_key: with("", "[[callback]]\nnmae = \"a\"\n");
    unknown_key_far_from_all: with("colour = 1\n", "");
    unknown_key_of_another_part: with("url = 'https://www.shop.test/'\n", "");
    key_below_a_table: with("", "tags = [\"a\"]\n[tracker]\nmax_hits = 3\n");
    table_for_a_list: with("", "[callback]\nname = \"a\"\n[step]\nrun = 's.t()'\n");
    inline_table_for_a_list: with("step = { run = 's.t()' }\n", "");
    // types
    title_is_a_number: but("title = \"t\"", "title = 5");
    title_is_blank: but("title = \"t\"", "title = ' '");
    title_is_missing: but("title = \"t\"", "");
    tags_are_text: with("tags = \"a\"\n", "");
    max_hits_is_zero: with("max_hits = 0\n", "");
    max_hits_is_text: with("max_hits = 'many'\n", "");
    page_is_text: "title = 't'\nlibrary = 'alloy'\npage = 'x'\n";
    page_is_missing: "title = 't'\nlibrary = 'alloy'\n";
    number_out_of_range: with("", "[tracker]\neVar1 = 9007199254740993\neVar2 = inf\n");
    date_as_a_value: with("", "[tracker]\neVar1 = 2026-11-24\n");
    // head
    unknown_library: but("appmeasurement", "appmeasurment");
    unknown_requirement: with("requirements = [\"POST-10\"]\n", "");
    requirement_twice: with("requirements = [\"POST-01\", \"POST-01\"]\n", "");
    bad_builds: with("builds = \"appmeasurement >2,x\"\n", "");
    bad_bound: with("builds = \"appmeasurement 2.25\"\n", "");
    unknown_browser: with("browsers = [\"firefox\", \"chorme\"]\n", "");
    // page
    url_is_no_address: but("https://www.shop.test/", "www shop");
    url_of_another_scheme: but("https://", "ftp://");
    url_outside: but("www.shop.test", "www.shop.example");
    url_with_a_short_site: but("www.shop.test", "www.abc.test");
    url_without_a_site: but("www.shop.test", "test");
    html_is_missing: with("", "html = \"pages/none.html\"\n");
    html_outside: with("", "html = \"../none.html\"\n");
    csp_with_lines: with("", "csp = \"\"\"img-src\n'none'\"\"\"\n");
    // tracker
    tracker_twice: with("", "[[tracker]]\naccount = 'a'\n[[tracker]]\ninstance = 's'\n");
    tracker_is_a_number: with("tracker = 1\n", "");
    tracker_instance_is_no_name: with("", "[tracker]\ninstance = 'a-b'\n");
    tracker_host_with_a_short_site: with("", "[tracker]\ntrackingServer = 'm.abc.test'\n");
    context_data_nests: with("", "[tracker]\ncontextData.a.b = 1\n");
    // callback
    callback_without_name: with("", "[[callback]]\non = 'post'\n");
    callback_twice: with("", "[[callback]]\nname = 'a'\n[[callback]]\nname = 'a'\n");
    callback_named_like_a_tracker: with("", "[tracker]\n[[callback]]\nname = 's'\n");
    callback_is_no_name: with("", "[[callback]]\nname = 'my callback'\n");
    unknown_on: with("", "[[callback]]\nname = 'a'\non = 'past'\n");
    then_of_appmeasurement: with("", "[[callback]]\nname = 'a'\non = 'then'\n");
    post_of_alloy: but("appmeasurement", "alloy") + "[[callback]]\nname = 'a'\non = 'post'\n";
    unknown_tracker: with("", "[[tracker]]\ninstance = 'shop'\n[[callback]]\nname = 'a'\ntracker = 'shpo'\n");
    // JavaScript
    code_in_basic_text: with("", "[[step]]\nrun = \"\"\"\ns.t()\"\"\"\n");
    code_with_escapes: with("", "[[step]]\nrun = \"s.t(\\\"x\\\")\"\n");
    code_is_a_number: with("", "[tracker]\neVar1 = { js = 1 }\n");
    // step
    step_without_action: with("", "[[step]]\nas = 'x'\n");
    step_with_two_actions: with("", "[[step]]\nrun = 's.t()'\nclick = '#a'\n");
    step_frame_of_goto: with("", "[[step]]\ngoto = '/'\nframe = '#a'\n[[step]]\nclick = '#a'\nas = 'x'\n");
    step_back_is_false: with("", "[[step]]\nback = false\n[[step]]\nreload = 'yes'\n");
    step_goto_is_no_address: with("", "[[step]]\ngoto = 'thanks'\n[[step]]\ngoto = 'https://a.example/'\n");
    step_wait_is_negative: with("", "[[step]]\nwait = -5\n");
    step_unknown_state: with("", "[[step]]\nnetwork = { host = 'a.shop.test', state = 'down' }\n");
    step_network_without_state: with("", "[[step]]\nnetwork = { host = 'a.shop.test' }\n");
    release_of_nothing: with("", "[[endpoint]]\nanswer = { hold = 'late' }\n[[step]]\nrelease = 'lote'\n");
    // endpoint
    endpoint_without_answer: with("", "[[endpoint]]\nhost = 'metrics.shop.test'\n");
    unknown_fault: with("", "[[endpoint]]\nanswer = { fault = \"rest\" }\n");
    fault_policy: with("", "[[endpoint]]\nanswer = { fault = \"policy\" }\n");
    unknown_transport: with("", "[[endpoint]]\ntransport = 'becon'\nanswer = {}\n");
    host_fault_of_some_hits: with("", "[[endpoint]]\nhost = 'metrics.shop.test'\nhits = [2]\nanswer = { fault = 'refuse' }\n");
    host_fault_of_a_path: with("", "[[endpoint]]\nhost = 'metrics.shop.test'\npath = '/x'\nsends = [1]\ntransport = 'xhr'\nanswer = { fault = 'dns', status = 200 }\n");
    host_fault_without_host: with("", "[[endpoint]]\nanswer = { fault = 'tls' }\n");
    status_out_of_range: with("", "[[endpoint]]\nanswer = { status = 600 }\n");
    two_bodies: with("", "[[endpoint]]\nanswer = { body = '', html = '' }\n");
    endpoint_host_with_port: with("", "[[endpoint]]\nhost = 'metrics.shop.test:8080'\nanswer = {}\n");
    endpoint_host_star: with("", "[[endpoint]]\nhost = '*'\nanswer = {}\n[[endpoint]]\nhost = 'shop'\nanswer = {}\n");
    endpoint_host_in_capitals: with("", "[[endpoint]]\nhost = 'Metrics.shop.test'\nanswer = {}\n");
    endpoint_path_without_slash: with("", "[[endpoint]]\npath = 'x'\nanswer = {}\n");
    endpoint_hits_from_zero: with("", "[[endpoint]]\nhits = [0, 1]\nanswer = {}\n");
    redirect_outside: with("", "[[endpoint]]\nanswer = { redirect = 'https://a.example/' }\n");
    bad_headers: with("", "[[endpoint]]\nanswer = { headers = { 'a b' = 'x', c = 1, d = \"x\\ny\" } }\n[[endpoint]]\nanswer = { headers = [] }\n");
    hold_without_release: with("", "[[endpoint]]\nanswer = { hold = 'late' }\n");
    // check
    check_without_subject: with("", "[[check]]\nrequirement = 'T-02'\n");
    check_without_requirement: with("", "[[check]]\nhit = 1\n");
    check_unknown_requirement: with("", "[[check]]\nrequirement = 'T-2'\nhit = 1\n");
    check_with_two_subjects: with("", "[[check]]\nrequirement = 'T-02'\nhit = 1\ncookie = 's_cc'\n");
    check_hits_of_a_value: with("", "[[step]]\nrun = '1'\nas = 'flag'\n[[check]]\nrequirement = 'T-02'\nvalue = 'flag'\nhits = [1]\n");
    check_is_of_a_hit: with("", "[[check]]\nrequirement = 'T-02'\nhit = 1\nis = 'x'\n");
    check_of_no_value: with("", "[[step]]\nrun = '1'\nas = 'flag'\n[[check]]\nrequirement = 'T-02'\nvalue = 'flog'\n");
    check_of_no_callback: with("", "[[callback]]\nname = 'audit'\n[[check]]\nrequirement = 'T-02'\ncall = 'audti'\n");
    check_of_no_step: with("", "[[step]]\nrun = '1'\n[[check]]\nrequirement = 'T-02'\nhit = 1\nstep = 2\n");
    check_unknown_property_values: with("", "[[check]]\nrequirement = 'T-02'\nhit = { transport = 'imagee' }\nhas = { outcome = 'delivred', fault = 'rest' }\n");
    check_bad_regex: with("", "[[check]]\nrequirement = 'T-02'\nhit = 1\nhas = { eVar1 = { matches = 'a(b' } }\n");
    check_comparison_with_a_list: with("", "[[check]]\nrequirement = 'T-02'\nhit = 1\nhas = { eVar1 = [1], prop1 = { match = 'a' } }\n");
    check_has_is_text: with("", "[[check]]\nrequirement = 'T-02'\nhit = 1\nhas = 'eVar1'\n");
    check_hit_is_zero: with("", "[[check]]\nrequirement = 'T-02'\nhit = 0\n");
    check_request_with_scheme: with("", "[[check]]\nrequirement = 'T-02'\nrequest = 'https://partner.test/collect'\n");
    // deviation
    deviation_without_reason: with("", "[[deviation]]\nrequirement = 'T-02'\nsince = '2026-11-24'\n");
    deviation_unknown_words: with("", "[[deviation]]\nrequirement = 'T-02'\ntransport = ['becon']\nfault = ['rest']\nbrowsers = ['safari']\nbecause = 'x'\nsince = 'today'\nsometimes = 'yes'\n");
    deviation_fault_is_text: with("", "[[deviation]]\nrequirement = 'T-02'\nfault = 'reset'\nbecause = 'x'\nsince = 2026\n");
    // use, vary
    use_of_nothing: with("use = ['setups/none.toml']\n", "");
    use_of_itself: with("use = ['x.toml']\n", "");
    use_outside: with("use = ['../x.toml', '/etc/passwd']\n", "");
    vary_is_a_list: with("vary = []\n", "");
    vary_without_rows: with("", "[vary.transport]\n");
    vary_row_is_text: with("", "[vary.transport]\nimage = 'x'\n");
    vary_row_name: with("", "[vary.transport]\n'a b' = {}\n");
    vary_in_a_row: with("", "[vary.transport]\nimage = { vary.x = { a = {} } }\n");
    vary_key_below: with("", "[vary.transport]\ntitle = 'x'\n");
    vary_wrong_in_a_row: with("", "[vary.transport]\nimage = { page.ulr = 'x' }\nbeacon = { tracker = 1 }\n");
    vary_too_many: with("", &(0..12).map(|n| format!("[vary.t{n}]\na = {{}}\nb = {{}}\n")).collect::<String>());
    // several at once
    several_mistakes: with("requirements = ['POST-9']\nlibary = 'x'\n", "[[step]]\nrnu = 's.t()'\n[[endpoint]]\nanswer = { fault = 'rest', status = 99 }\n");
}
