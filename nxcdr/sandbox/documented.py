"""The two calls of the vendor's documentation."""

from __future__ import annotations

import json

from nxcdr.sandbox.ledger import Record

# Source: vendor docs, CDR Query, the example response.
DOCUMENTED_CALLS: tuple[Record, ...] = tuple(
    json.loads("""[
{"agentName":null,"agentNickName":null,"answered":false,"answerTime":0,"callDuration":0,"callee":"85235757580",
"caller":"85215236100","callId":"63b09b9a163616c6c009cb326","direction":0,"dtmfKeys":null,"endTime":1690442498901,
"hangupBy":0,"hangupCode":1103,"callStatus":"Missed call","hangupReason":"User abandoned the queue",
"inQueueTime":1690442492861,"leaveMsgUrl":null,"orderId":"","other":null,"intent":null,"outQueueTime":1690442498000,
"queueDuration":5139,"recordUrl":null,"ringDuration":6,"ringTime":1690442492000,"startTime":1690442492841,"taskId":"",
"totalCustomerPrice":0.035},
{"agentName":"NX094450006938","agentNickName":"Sample Agent","answered":true,"answerTime":1690423244000,
"callDuration":5,"callee":"85235757568","caller":"85238531117","callId":"6605fcd9563616c6c009c6240","direction":0,
"dtmfKeys":null,"endTime":1690423248124,"hangupBy":1,"hangupCode":1001,"callStatus":"Normal termination",
"hangupReason":"Agent hung up","inQueueTime":1690423237744,"leaveMsgUrl":null,"orderId":"","other":null,"intent":null,
"outQueueTime":1690423244000,"queueDuration":6,"recordUrl":"https://*********.mp3","ringDuration":7,
"ringTime":1690423237000,"startTime":1690423237704,"taskId":"","totalCustomerPrice":0.035}]""")
)
