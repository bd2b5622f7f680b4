/**
 * The routes of the Mastodon client API as the project's reference tables them (discovery and OAuth, instance, accounts, statuses,
 * timelines and filters, notifications, streaming, the rest). Kept by hand: it is compared with what is registered, never made from it.
 *
 * Priorities: 0 = an app breaks without it, 1 = users expect it, 2 = a constant may do, 3 = left out: 404 or 403, in JSON.
 */
export interface Reference {
  table: string
  priority: 0 | 1 | 2 | 3
  method: string
  path: string
  /** `public`: of federation, on the public listener alone and no part of the document. */
  where: 'both' | 'public'
}

type Line = readonly [priority: 0 | 1 | 2 | 3, methods: string, ...paths: string[]]

const table = (name: string, lines: readonly Line[], where: Reference['where'] = 'both'): Reference[] =>
  lines.flatMap(([priority, methods, ...paths]) =>
    paths.flatMap((path) => methods.split('+').map((method) => ({ table: name, priority, method, path, where }))),
  )

export const reference: readonly Reference[] = [
  ...table(
    '1.1 discovery',
    [
      [0, 'GET', '/.well-known/nodeinfo', '/nodeinfo/2.0', '/.well-known/webfinger'],
      [1, 'GET', '/.well-known/host-meta'],
    ],
    'public',
  ),
  ...table('1.1 oauth, apps', [
    [1, 'GET', '/.well-known/oauth-authorization-server', '/api/v1/apps/verify_credentials'],
    [0, 'POST', '/api/v1/apps', '/oauth/token'],
    [0, 'GET+POST', '/oauth/authorize'],
    [1, 'POST', '/oauth/revoke'],
    [1, 'GET+POST', '/oauth/userinfo'],
    [3, 'GET', '/oauth/authorized_applications'],
    [3, 'DELETE', '/oauth/authorized_applications/:id'],
    [3, 'POST', '/api/v1/accounts', '/api/v1/emails/confirmations'],
  ]),
  ...table('1.2 instance', [
    [0, 'GET', '/api/v2/instance', '/api/v1/instance'],
    [1, 'GET', '/api/v1/custom_emojis'],
    [2, 'GET', '/api/v1/instance/rules', '/api/v1/instance/peers', '/api/v1/instance/activity', '/api/v1/instance/domain_blocks'],
    [2, 'GET', '/api/v1/instance/translation_languages', '/api/v1/instance/extended_description', '/api/v1/instance/privacy_policy'],
    [3, 'GET', '/api/v1/instance/terms_of_service', '/api/oembed'],
    [2, 'GET', '/api/v1/announcements'],
    [3, 'POST', '/api/v1/announcements/:id/dismiss'],
    [3, 'PUT+DELETE', '/api/v1/announcements/:id/reactions/:name'],
    [2, 'GET', '/api/v1/directory', '/health'],
  ]),
  ...table('1.3 accounts', [
    [0, 'GET', '/api/v1/accounts/verify_credentials', '/api/v1/accounts/:id', '/api/v1/accounts/:id/statuses'],
    [0, 'GET', '/api/v1/accounts/relationships', '/api/v1/accounts/lookup'],
    [1, 'GET', '/api/v1/accounts', '/api/v1/accounts/search'],
    [1, 'PATCH+PUT', '/api/v1/accounts/update_credentials'],
    [1, 'GET+PATCH+PUT', '/api/v1/profile'],
    [1, 'DELETE', '/api/v1/profile/avatar', '/api/v1/profile/header'],
    [
      1,
      'POST',
      '/api/v1/accounts/:id/follow',
      '/api/v1/accounts/:id/unfollow',
      '/api/v1/accounts/:id/block',
      '/api/v1/accounts/:id/unblock',
    ],
    [1, 'POST', '/api/v1/accounts/:id/mute', '/api/v1/accounts/:id/unmute', '/api/v1/accounts/:id/note'],
    [1, 'POST', '/api/v1/accounts/:id/remove_from_followers'],
    [1, 'GET', '/api/v1/accounts/:id/followers', '/api/v1/accounts/:id/following', '/api/v1/accounts/:id/lists'],
    [1, 'POST', '/api/v1/accounts/:id/endorse', '/api/v1/accounts/:id/unendorse', '/api/v1/accounts/:id/pin', '/api/v1/accounts/:id/unpin'],
    [2, 'GET', '/api/v1/accounts/:id/featured_tags', '/api/v1/accounts/:id/endorsements', '/api/v1/endorsements'],
    [2, 'GET', '/api/v1/accounts/:id/identity_proofs', '/api/v1/accounts/familiar_followers'],
    [1, 'GET', '/api/v1/preferences'],
    [2, 'GET', '/api/v1/suggestions', '/api/v2/suggestions'],
    [2, 'DELETE', '/api/v1/suggestions/:id'],
    [1, 'GET', '/api/v1/follow_requests'],
    [1, 'POST', '/api/v1/follow_requests/:id/authorize', '/api/v1/follow_requests/:id/reject'],
    [1, 'GET', '/api/v1/blocks', '/api/v1/mutes', '/api/v1/bookmarks', '/api/v1/favourites'],
    [1, 'GET+POST+DELETE', '/api/v1/domain_blocks'],
    [1, 'GET', '/api/v1/followed_tags', '/api/v1/tags/:name'],
    [1, 'POST', '/api/v1/tags/:name/follow', '/api/v1/tags/:name/unfollow'],
    [2, 'GET+POST', '/api/v1/featured_tags'],
    [2, 'DELETE', '/api/v1/featured_tags/:id'],
    [2, 'GET', '/api/v1/featured_tags/suggestions'],
    [2, 'POST', '/api/v1/tags/:name/feature', '/api/v1/tags/:name/unfeature'],
  ]),
  ...table('1.4 statuses, media, polls', [
    [0, 'POST', '/api/v1/statuses'],
    [0, 'GET+DELETE', '/api/v1/statuses/:id'],
    [0, 'GET', '/api/v1/statuses/:id/context'],
    [0, 'POST', '/api/v1/statuses/:id/favourite', '/api/v1/statuses/:id/unfavourite', '/api/v1/statuses/:id/reblog'],
    [0, 'POST', '/api/v1/statuses/:id/unreblog', '/api/v1/statuses/:id/bookmark', '/api/v1/statuses/:id/unbookmark'],
    [1, 'POST', '/api/v1/statuses/:id/pin', '/api/v1/statuses/:id/unpin', '/api/v1/statuses/:id/mute', '/api/v1/statuses/:id/unmute'],
    [1, 'PUT+PATCH', '/api/v1/statuses/:id'],
    [1, 'GET', '/api/v1/statuses/:id/source', '/api/v1/statuses/:id/history', '/api/v1/statuses'],
    [1, 'GET', '/api/v1/statuses/:id/reblogged_by', '/api/v1/statuses/:id/favourited_by', '/api/v1/statuses/:id/quotes'],
    [1, 'POST', '/api/v1/statuses/:id/quotes/:quoting/revoke'],
    [1, 'PUT+PATCH', '/api/v1/statuses/:id/interaction_policy'],
    [3, 'POST', '/api/v1/statuses/:id/translate'],
    [3, 'GET', '/api/v1/statuses/:id/card'],
    [0, 'POST', '/api/v2/media'],
    [0, 'GET', '/api/v1/media/:id'],
    [1, 'POST', '/api/v1/media'],
    [1, 'PUT+PATCH+DELETE', '/api/v1/media/:id'],
    [1, 'GET', '/api/v1/polls/:id'],
    [1, 'POST', '/api/v1/polls/:id/votes'],
    [1, 'GET', '/api/v1/scheduled_statuses'],
    [1, 'GET+PUT+PATCH+DELETE', '/api/v1/scheduled_statuses/:id'],
    [2, 'GET', '/api/v1_alpha/async_refreshes/:id'],
  ]),
  ...table('1.5 timelines, search, lists, filters', [
    [0, 'GET', '/api/v1/timelines/home', '/api/v1/timelines/public', '/api/v2/search', '/api/v2/filters'],
    [1, 'GET', '/api/v1/timelines/tag/:hashtag', '/api/v1/timelines/list/:id'],
    [2, 'GET', '/api/v1/timelines/link', '/api/v1/timelines/direct'],
    [3, 'GET', '/api/v1/search'],
    [1, 'GET+POST', '/api/v1/lists'],
    [1, 'GET+PUT+PATCH+DELETE', '/api/v1/lists/:id'],
    [1, 'GET+POST+DELETE', '/api/v1/lists/:id/accounts'],
    [1, 'POST', '/api/v2/filters'],
    [1, 'GET+PUT+PATCH+DELETE', '/api/v2/filters/:id'],
    [1, 'GET+POST', '/api/v2/filters/:id/keywords', '/api/v2/filters/:id/statuses'],
    [1, 'GET+PUT+PATCH+DELETE', '/api/v2/filters/keywords/:id'],
    [1, 'GET+DELETE', '/api/v2/filters/statuses/:id'],
    [2, 'GET', '/api/v1/filters'],
    [2, 'GET', '/api/v1/trends', '/api/v1/trends/tags', '/api/v1/trends/statuses', '/api/v1/trends/links'],
  ]),
  ...table('1.6 notifications, markers, push, conversations', [
    [0, 'GET', '/api/v1/notifications', '/api/v2/notifications'],
    [1, 'GET', '/api/v1/notifications/:id', '/api/v1/notifications/unread_count'],
    [1, 'POST', '/api/v1/notifications/clear', '/api/v1/notifications/:id/dismiss'],
    [1, 'GET', '/api/v2/notifications/:key', '/api/v2/notifications/:key/accounts', '/api/v2/notifications/unread_count'],
    [1, 'POST', '/api/v2/notifications/:key/dismiss'],
    [1, 'GET+PATCH+PUT', '/api/v2/notifications/policy'],
    [2, 'GET', '/api/v1/notifications/requests', '/api/v1/notifications/requests/merged', '/api/v1/notifications/requests/:id'],
    [2, 'POST', '/api/v1/notifications/requests/:id/accept', '/api/v1/notifications/requests/:id/dismiss'],
    [2, 'POST', '/api/v1/notifications/requests/accept', '/api/v1/notifications/requests/dismiss'],
    [3, 'GET', '/api/v2_alpha/notifications'],
    [0, 'GET+POST', '/api/v1/markers'],
    [1, 'GET+POST+PUT+PATCH+DELETE', '/api/v1/push/subscription'],
    [1, 'GET', '/api/v1/conversations'],
    [1, 'DELETE', '/api/v1/conversations/:id'],
    [1, 'POST', '/api/v1/conversations/:id/read'],
  ]),
  ...table('1.7 streaming', [
    [0, 'GET', '/api/v1/streaming'],
    [1, 'GET', '/api/v1/streaming/health'],
    [1, 'GET', '/api/v1/streaming/user', '/api/v1/streaming/user/notification', '/api/v1/streaming/direct', '/api/v1/streaming/list'],
    [1, 'GET', '/api/v1/streaming/public', '/api/v1/streaming/public/local', '/api/v1/streaming/public/remote'],
    [1, 'GET', '/api/v1/streaming/hashtag', '/api/v1/streaming/hashtag/local'],
  ]),
  ...table('1.8 the rest', [
    [3, 'GET', '/api/v1/accounts/:id/collections', '/api/v1/accounts/:id/in_collections'],
    [2, 'GET', '/api/v1/annual_reports', '/api/v1/annual_reports/:year/state'],
    [1, 'POST', '/api/v1/reports'],
    [3, 'GET', '/api/v1/admin/accounts', '/api/v2/admin/accounts', '/api/proofs'],
  ]),
  ...table('ours', [[1, 'GET', '/api/openapi.json']]),
]
