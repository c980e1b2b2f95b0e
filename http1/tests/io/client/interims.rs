//! Interim answers before the answer (RFC 9110 §15.2).

use crate::support::{Any, Caller, Calling, Task, request};
use std::cell::RefCell;
use std::rc::Rc;

#[test]
fn each_is_shown_in_its_order() {
    for capacity in [1, 16, 4096] {
        let Caller {
            connection,
            peer,
            tape,
        } = Caller::new(capacity);
        let heard = Rc::new(RefCell::new(Vec::new()));
        let hear = Rc::clone(&heard);
        let task = Task::new(async move {
            let (request, mut upload) = (request("GET", Some(0)), None::<Any>);
            let sent = connection.send_and_hear(
                &request,
                &mut upload,
                || (),
                |head| {
                    let link = head
                        .fields
                        .find("link")
                        .and_then(|link| link.text().map(str::to_owned));
                    hear.borrow_mut().push((head.status, link));
                },
            );
            sent.await.ok().unwrap().status()
        });
        let mut calling = Calling { task, peer, tape };
        calling.exchange(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n\
             HTTP/1.1 103 Early Hints\r\nlink: </b>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        );
        assert_eq!(calling.task.output, Some(204));
        let link = |link: &str| Some(link.to_owned());
        assert_eq!(
            heard.take(),
            [(100, None), (103, link("</a>")), (103, link("</b>"))]
        );
    }
}
